// One process of a fleet: `fleet-process.ts <directory> <database url> <owner> <processes> [<failpoint>:<nth>]`. Told
// `trigger` or `stop` by its parent; tells `ready`, each batch that it stored, and the end of a run that it led. The
// first of the fleet that passes the failpoint so often dies there.
import { MemoryGraph } from '@llm-memory-graph/memory-graph';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ArchivalScheduler, type Failpoint } from '../../src/index.ts';
import { pgBossEngine } from '../../src/pg-boss/index.ts';
import { postgresRunJournal } from '../../src/postgres/index.ts';
import { FileVault } from './file-vault.ts';

const [directory = '', url = '', owner = '', processes = '1', aim = ''] = process.argv.slice(2);
const [target, nth] = aim.split(':');
const here = join(directory, 'here');
mkdirSync(here, { recursive: true });

let passed = 0;
function dieOnce(): void {
  passed += 1;
  if (passed !== Number(nth)) return;
  try {
    writeFileSync(join(directory, 'died'), owner, { flag: 'wx' });
  } catch {
    return;
  }
  process.kill(process.pid, 'SIGKILL');
}

/** Nobody finishes before each process of the fleet has a batch in hand. */
const failpoint: Failpoint = async (name) => {
  if (name === target) dieOnce();
  if (name !== 'before-put') return;
  if (!existsSync(join(here, owner))) writeFileSync(join(here, owner), '');
  while (readdirSync(here).length < Number(processes)) await sleep(20);
};

// Not `using`: that would close it at the end of this module, and the process goes on.
const graph = MemoryGraph.open({ path: join(directory, 'graph.sqlite') });
const vault = new FileVault(join(directory, 'vault'));
// The server takes 60 connections, and nine such processes are tested at a time.
const pool = new pg.Pool({ connectionString: url, max: 2 });
pool.on('error', () => undefined);
const journal = postgresRunJournal(pool);
await journal.migrate();
const connection = { connectionString: url, max: 2 };
const scheduler = new ArchivalScheduler({
  source: graph,
  vault: {
    archive: async (requests) => {
      const outcomes = await vault.archive(requests);
      if (target === 'after-put-before-ack') dieOnce();
      process.send?.({ stored: requests.length });
      return outcomes;
    },
    readBack: (ids) => vault.readBack(ids),
    createRetentionPolicy: () => vault.createRetentionPolicy(),
  },
  journal,
  owner,
  failpoint,
  engine: pgBossEngine({ connection, cron: '0 0 1 1 *', heartbeatSeconds: 10, pollMs: 50 }),
  config: { archiveAfterDays: 1, batchSize: 4, leaseMs: 5000 },
});
scheduler.on('runStarted', ({ resumed }) => process.send?.({ started: resumed }));
scheduler.on('runFinished', ({ outcome, runs }) => process.send?.({ finished: outcome, counts: runs[0]?.counts }));
scheduler.on('runFailed', ({ error }) => process.send?.({ failed: String(error) }));
await scheduler.start();
process.on('message', (order) => {
  if (order === 'trigger') void scheduler.trigger();
  if (order === 'stop') {
    void scheduler.stop().then(async () => {
      await pool.end();
      graph.close();
      process.disconnect();
    });
  }
});
process.send?.('ready');
