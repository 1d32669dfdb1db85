import { expect, it } from 'vitest';
import { campaign } from './campaign/campaign.ts';
import { hasConversations } from './campaign/sessions.ts';
import { runsSource } from './kit/disk.ts';

/** `FAULTS_SEED=7 pnpm test:faults` plans a campaign again; what the operating system makes of it is its own. */
const seed = Number(process.env['FAULTS_SEED'] ?? Date.now() % 1_000_000);
/** `FAULTS_KILLS=40` makes a campaign short. */
const kills = Number(process.env['FAULTS_KILLS'] ?? 200);
const sessions = 5 * kills;

it.skipIf(!runsSource || !hasConversations)(
  `S1 to S7: ${String(sessions)} real sessions, 3 processes, ${String(kills)} kills; seed ${String(seed)} (needs Node 24 and ../shared/data)`,
  async () => {
    const { complaints, tally } = await campaign({ seed, sessions, kills });
    process.stdout.write(`seed ${String(seed)}: ${JSON.stringify(tally)}\n`);
    expect(complaints, `replay with FAULTS_SEED=${String(seed)}`).toEqual([]);
    expect(tally.sigkills).toBeGreaterThanOrEqual(kills);
  },
);
