import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { hasPostgres, postgresBinary } from '../../../../postgres.shared.ts';
import { killCampaign } from '../kill/kill-campaign.ts';
import { startScaleOut, type ScaleOutHarness } from './scale-out-harness.ts';

const rounds = 4;

describe.skipIf(!hasPostgres)(`kill -9 over PostgreSQL and S3 (needs ${postgresBinary})`, () => {
  let harness: ScaleOutHarness;
  beforeAll(async () => {
    harness = await startScaleOut();
  }, 120_000);
  afterAll(() => harness.stop(), 60_000);

  it(
    `V6: keeps what was acknowledged and nothing half, deleted stays deleted, nothing is left behind, over ${String(rounds)} kills`,
    { timeout: 180_000 },
    async () => {
      const schema = harness.fresh();
      const { endpoint, credentials } = harness.s3;
      const env = {
        VAULT_POSTGRES: harness.url,
        VAULT_S3: JSON.stringify({ endpoint, credentials }),
        VAULT_SCHEMA: schema,
      };
      await killCampaign({ env, open: () => harness.open(schema) }, rounds);
      const store = await harness.open(schema);
      await harness.pool.query(`UPDATE ${schema}.object SET retry_at = now()`);
      await store.maintain({ orphanAgeMs: -1000 });
      const { rows } = await harness.pool.query<{ key: string }>(
        `SELECT key FROM ${schema}.object WHERE state = 'live'`,
      );
      expect(harness.objects(schema).sort()).toEqual(rows.map(({ key }) => `${schema}/${key}`).sort());
    },
  );
});
