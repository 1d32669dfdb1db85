import type { Suite } from '../harness/suite.ts';
import { loaded } from './load.ts';

/** Seconds of a round of the soak; with 7 rounds 86 make ten minutes. */
const soakSeconds = Number(process.env['SOAK_SECONDS'] ?? 5);

export const suite: Suite = {
  title: 'the services under load',
  groups: [
    {
      title: 'registry: register a session, report its usage; 32 in flight',
      goal: '>= 6,000 durable requests/s, p99 <= 20,000 us, the callers on the same two cores',
      cases: [
        loaded({ name: 'node:http, JSON.parse, no store', floor: true }, 'bare', { roundMs: 2_000 }),
        loaded({ name: 'registry in memory', ours: true }, 'memory', { roundMs: 2_000 }),
        loaded({ name: 'registry on SQLite, synced', ours: true }, 'sqlite', { roundMs: 2_000 }),
      ],
    },
    {
      title: `registry: soak, ${soakSeconds} s a round`,
      goal: 'flat memory of the service after each round, garbage collected (SOAK_SECONDS=86 for ten minutes)',
      cases: [
        loaded({ name: 'registry on SQLite, synced', ours: true }, 'sqlite', {
          roundMs: soakSeconds * 1_000,
          memory: true,
        }),
      ],
    },
  ],
};
