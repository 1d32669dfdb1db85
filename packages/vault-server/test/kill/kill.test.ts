import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, it } from 'vitest';

import { sqliteArchiveStore } from '../../src/node.ts';
import { killCampaign } from './kill-campaign.ts';
import { uploadOverKills } from './upload-over-kills.ts';

const rounds = 8;

describe('kill -9', () => {
  it('V6: an upload goes on from what the vault told last, over 5 kills at any byte', { timeout: 300_000 }, () =>
    uploadOverKills(5, 1),
  );

  it(
    `V6: keeps what was acknowledged and nothing half, deleted stays deleted, over ${String(rounds)} kills`,
    { timeout: 300_000 },
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'vault-kill-'));
      const path = join(folder, 'vault.db');
      try {
        await killCampaign({ env: { VAULT_DB: path }, open: () => sqliteArchiveStore({ path }), sweeps: true }, rounds);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );
});
