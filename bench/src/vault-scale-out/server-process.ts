import { getRequestListener } from '@hono/node-server';
import { generateKey, localKeyRing } from '@llm-memory-graph/sealed-archive';
import { createVaultServer } from '@llm-memory-graph/vault-server';
import { s3ObjectStorage, scaleOutArchiveStore } from '@llm-memory-graph/vault-server/scale-out';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { clientOf, fakeBucketName } from '../../../packages/vault-server/test/s3/test-client.ts';
import { cpuSince } from '../vault/cpu-since.ts';
import { tenants } from './tenants.ts';

/** One of the vault's processes; the database and the object storage are the arguments. */
const [, , connectionString = '', s3 = ''] = process.argv;
const pool = new pg.Pool({ connectionString });
const client = clientOf(JSON.parse(s3) as Parameters<typeof clientOf>[0]);
const store = await scaleOutArchiveStore({ pool, storage: s3ObjectStorage({ client, bucket: fakeBucketName }) });
const { fetch } = createVaultServer({
  store,
  keys: tenants.map((tenant) => ({ secret: tenant, tenant })),
  keyProvider: localKeyRing({ keys: { '2026-01': generateKey() }, primary: '2026-01' }),
});
const listener = getRequestListener(fetch, { overrideGlobalObjects: false });
const server = createServer((request, response) => void listener(request, response));
let cpuBefore = process.cpuUsage();
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port);
  cpuBefore = process.cpuUsage();
});
process.once('message', () => process.send?.(cpuSince(cpuBefore)));
process.on('disconnect', () => process.exit());
