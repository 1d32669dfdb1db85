import { getRequestListener } from '@hono/node-server';
import { generateKey, localKeyRing } from '@llm-memory-graph/sealed-archive';
import { createVaultServer } from '@llm-memory-graph/vault-server';
import { sqliteArchiveStore } from '@llm-memory-graph/vault-server/node';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { cpuSince } from './cpu-since.ts';

/** A vault in a process of its own; its store is in the folder that is the first argument. */
const [, , folder = ''] = process.argv;
const store = sqliteArchiveStore({ path: join(folder, 'vault.db') });
const { fetch } = createVaultServer({
  store,
  keys: [{ secret: 'bench', tenant: 'acme' }],
  keyProvider: localKeyRing({ keys: { '2026-01': generateKey() }, primary: '2026-01' }),
});
const listener = getRequestListener(fetch, { overrideGlobalObjects: false });
const server = createServer((request, response) => void listener(request, response));
server.keepAliveTimeout = 600_000;
const delays = monitorEventLoopDelay({ resolution: 1 });
let cpuBefore = process.cpuUsage();
server.listen(0, '127.0.0.1', () => {
  cpuBefore = process.cpuUsage();
  process.send?.((server.address() as AddressInfo).port);
  delays.enable();
});
process.once('message', () => {
  const cpuUs = cpuSince(cpuBefore);
  void store.close().then(() => {
    const peakRssMb = process.resourceUsage().maxRSS / 1024;
    process.send?.({ cpuUs, loopP99Ms: delays.percentile(99) / 1e6, loopMaxMs: delays.max / 1e6, peakRssMb });
  });
});
process.on('disconnect', () => process.exit());
