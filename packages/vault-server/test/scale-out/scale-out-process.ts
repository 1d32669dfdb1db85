import pg from 'pg';

import { s3ObjectStorage, scaleOutArchiveStore, type ScaleOutArchiveStore } from '../../src/scale-out/index.ts';
import { fakeBucketName } from '../s3/fake-s3.ts';
import { clientOf } from '../s3/test-client.ts';

/** Opens the store of a process that is to be killed; tidies all the time, so that it is killed while it does. */
export async function openScaleOut(url: string): Promise<ScaleOutArchiveStore> {
  const { VAULT_S3 = '{}', VAULT_SCHEMA = '' } = process.env;
  const client = clientOf(JSON.parse(VAULT_S3) as Parameters<typeof clientOf>[0]);
  const pool = new pg.Pool({ connectionString: url });
  pool.on('error', () => undefined);
  const storage = s3ObjectStorage({ client, bucket: fakeBucketName, prefix: `${VAULT_SCHEMA}/` });
  const store = await scaleOutArchiveStore({ pool, storage, schema: VAULT_SCHEMA });
  const tidy = (): void => {
    // An age of zero: what another request of this process has just put looks left behind.
    void store.maintain({ orphanAgeMs: 0 }).finally(() => setTimeout(tidy, 20));
  };
  tidy();
  return store;
}
