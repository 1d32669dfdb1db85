// The suites of the scale-out store against a real S3-compatible server: `pnpm --filter @llm-memory-graph/vault-server test:s3`.
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startPostgres, type TestPostgres } from '../../../../postgres.shared.ts';
import { s3ObjectStorage, scaleOutArchiveStore, type ObjectStorage } from '../../src/scale-out/index.ts';
import { archiveStoreContract, type StoreUnderTest } from '../archive-store-contract.ts';
import { uploadStoreContract } from '../upload-store-contract.ts';

const { S3_ENDPOINT: endpoint, S3_BUCKET: bucket = 'vault-test', S3_REGION: region = 'us-east-1' } = process.env;
const objectLock = process.env['S3_OBJECT_LOCK'] === 'true';
if (endpoint === undefined) throw new Error('S3_ENDPOINT must name the server to test against');

const client = new S3Client({
  endpoint,
  region,
  forcePathStyle: true,
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
});

describe(`the server at ${endpoint}`, () => {
  let server: TestPostgres;
  let pool: ReturnType<TestPostgres['pool']>;
  let vaults = 0;
  const run = `run-${Date.now()}`;
  const storageOf = (name: string): ObjectStorage => s3ObjectStorage({ client, bucket, prefix: `${run}/${name}/` });

  beforeAll(async () => {
    server = await startPostgres();
    pool = server.pool();
    const wanted = new CreateBucketCommand({ Bucket: bucket, ...(objectLock && { ObjectLockEnabledForBucket: true }) });
    await client.send(wanted).catch((error: unknown) => {
      if (!/^BucketAlready/.test((error as Error).name)) throw error;
    });
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    client.destroy();
  }, 60_000);

  const create = async (): Promise<StoreUnderTest> => {
    const name = `vault_${vaults++}`;
    const store = await scaleOutArchiveStore({ pool, storage: storageOf(name), schema: name, objectLock });
    return { store, dispose: () => store.close() };
  };
  archiveStoreContract('PostgreSQL and a real server', create);
  uploadStoreContract('PostgreSQL and a real server', create);

  it('keeps parts, ranges and removals', async () => {
    const storage = storageOf('objects');
    const part = new Uint8Array(5 * 2 ** 20).fill(1);
    const id = await storage.beginParts('k');
    const parts = [await storage.putPart('k', id, 1, part), await storage.putPart('k', id, 3, new Uint8Array([2, 3]))];
    await storage.completeParts('k', id, parts, part.length + 2);
    const found: number[] = [];
    for await (const piece of storage.read('k', part.length - 1, part.length + 2)) found.push(...piece);
    expect(found).toEqual([1, 2, 3]);
    const dropped = await storage.beginParts('other');
    await storage.abortParts('other', dropped);
    expect(await storage.remove('k')).toBe(true);
    const left: string[] = [];
    for await (const { key } of storage.list()) left.push(key);
    expect(left).toEqual([]);
  });

  it.runIf(objectLock)('keeps locks and holds', async () => {
    const storage = storageOf('locks');
    await storage.put('k', new Uint8Array([1]));
    await storage.hold('k', true);
    expect(await storage.remove('k')).toBe(false);
    await storage.hold('k', false);
    const until = new Date(Date.now() + 60_000);
    await storage.lock('k', { mode: 'governance', until });
    expect(await storage.remove('k')).toBe(false);
  });
});
