import { type S3Client } from '@aws-sdk/client-s3';
import type pg from 'pg';

import { startPostgres } from '../../../../postgres.shared.ts';
import {
  s3ObjectStorage,
  scaleOutArchiveStore,
  type ObjectStorage,
  type ScaleOutArchiveStore,
  type ScaleOutArchiveStoreOptions,
} from '../../src/scale-out/index.ts';
import { fakeBucketName, startFakeS3, type FakeS3 } from '../s3/fake-s3.ts';
import { clientOf } from '../s3/test-client.ts';

/** A database and object storage, and any number of vaults in them. */
export interface ScaleOutHarness {
  readonly url: string;
  readonly s3: FakeS3;
  readonly pool: pg.Pool;
  /** A name for a new vault, and with it for a schema and a prefix. */
  fresh(): string;
  storage(name: string): ObjectStorage;
  /** A store as another process would open it. */
  open(name: string, options?: Partial<ScaleOutArchiveStoreOptions>): Promise<ScaleOutArchiveStore>;
  /** Keys of the objects of a vault. */
  objects(name: string): string[];
  stop(): Promise<void>;
}

export async function startScaleOut(): Promise<ScaleOutHarness> {
  const [server, s3] = await Promise.all([startPostgres(), startFakeS3()]);
  const pool = server.pool();
  const clients: S3Client[] = [];
  const stores: ScaleOutArchiveStore[] = [];
  let vaults = 0;
  const storage = (name: string): ObjectStorage => {
    const client = clientOf(s3);
    clients.push(client);
    return s3ObjectStorage({ client, bucket: fakeBucketName, prefix: `${name}/` });
  };
  return {
    url: server.url,
    s3,
    pool,
    fresh: () => `vault_${vaults++}`,
    storage,
    open: async (name, options = {}) => {
      const store = await scaleOutArchiveStore({ pool, storage: storage(name), schema: name, ...options });
      stores.push(store);
      return store;
    },
    objects: (name) => [...s3.bucket.objects.keys()].filter((key) => key.startsWith(`${name}/`)),
    stop: async () => {
      await Promise.all(stores.map((store) => store.close()));
      for (const client of clients) client.destroy();
      await server.stop();
      await s3.stop();
    },
  };
}
