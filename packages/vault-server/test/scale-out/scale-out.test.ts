import { afterAll, beforeAll, describe } from 'vitest';

import { hasPostgres, postgresBinary } from '../../../../postgres.shared.ts';
import { archiveStoreContract, type StoreUnderTest } from '../archive-store-contract.ts';
import { uploadStoreContract } from '../upload-store-contract.ts';
import { startScaleOut, type ScaleOutHarness } from './scale-out-harness.ts';

describe.skipIf(!hasPostgres)(`scaleOutArchiveStore (needs ${postgresBinary})`, () => {
  let harness: ScaleOutHarness;
  beforeAll(async () => {
    harness = await startScaleOut();
  }, 120_000);
  afterAll(() => harness.stop(), 60_000);

  for (const objectLock of [false, true]) {
    const create = async (): Promise<StoreUnderTest> => {
      const store = await harness.open(harness.fresh(), { objectLock });
      return { store, dispose: () => store.close() };
    };
    const name = `PostgreSQL and S3 ${objectLock ? 'with' : 'without'} object lock`;
    archiveStoreContract(name, create);
    if (!objectLock) uploadStoreContract(name, create);
  }
});
