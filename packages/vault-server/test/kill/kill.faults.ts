import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, it } from 'vitest';

import { sqliteArchiveStore } from '../../src/node.ts';
import { killCampaign } from './kill-campaign.ts';
import { uploadOverKills } from './upload-over-kills.ts';

const kills = 25;
// Eight stores of 25 kills each: to look at all of one store takes longer with every round.
const firstSeeds = Array.from({ length: 8 }, (_, store) => 1 + store * kills);

describe('kill -9 in the middle of an upload', () => {
  it.each([2, 3, 4, 5])('V6: goes on from what the vault told last, over 25 kills, seed %i', (seed) =>
    uploadOverKills(25, seed),
  );
});

describe('kill -9, 200 times', () => {
  it.each(firstSeeds)('V6: keeps what was acknowledged, deleted stays deleted, seeds from %i', async (firstSeed) => {
    const folder = await mkdtemp(join(tmpdir(), 'vault-kill-'));
    const path = join(folder, 'vault.db');
    const target = { env: { VAULT_DB: path }, open: () => sqliteArchiveStore({ path }), sweeps: true };
    try {
      await killCampaign(target, kills, firstSeed);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
