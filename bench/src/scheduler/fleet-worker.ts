// One process of a fleet: `fleet-worker.ts <graph> <database url> <vault url> <sealing key> <owner>`. Told `trigger` or
// `stop`; tells the end of a run that it led, and when it stops the processor time that it took since it was ready.
import { pooledFetch } from '@llm-memory-graph/http/node';
import { MemoryGraph } from '@llm-memory-graph/memory-graph';
import { ArchivalScheduler } from '@llm-memory-graph/scheduler';
import { pgBossEngine } from '@llm-memory-graph/scheduler/pg-boss';
import { postgresRunJournal } from '@llm-memory-graph/scheduler/postgres';
import { localKeyRing } from '@llm-memory-graph/sealed-archive';
import { archivePort, VaultClient } from '@llm-memory-graph/vault-client';
import { archiveSealer } from '@llm-memory-graph/vault-client/node';
import pg from 'pg';

const [path = '', connectionString = '', baseUrl = '', key = '', owner = ''] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString, max: 3 });
const journal = postgresRunJournal(pool);
await journal.migrate();
const keys = localKeyRing({ keys: { bench: Buffer.from(key, 'hex') }, primary: 'bench' });
const sealer = archiveSealer({ keys, tenant: 'acme', level: 1 });
const scheduler = new ArchivalScheduler({
  source: MemoryGraph.open({ path, busyTimeoutMs: 60_000 }),
  vault: archivePort(new VaultClient({ baseUrl, apiKey: 'bench', sealer, fetch: pooledFetch().fetch })),
  journal,
  owner,
  engine: pgBossEngine({
    connection: { connectionString, max: 4 },
    cron: '0 0 1 1 *',
    heartbeatSeconds: 10,
    pollMs: 20,
  }),
  config: { archiveAfterDays: 0, batchSize: 100, leaseMs: 5000 },
});
scheduler.on('runFinished', ({ runs }) => process.send?.({ archived: runs[0]?.counts.archived }));
scheduler.on('runFailed', ({ error }) => {
  throw error;
});
await scheduler.start();
const before = process.cpuUsage();
process.on('message', (order) => {
  if (order === 'trigger') void scheduler.trigger();
  else void stop();
});
process.send?.('ready');

async function stop(): Promise<void> {
  const { user, system } = process.cpuUsage(before);
  await scheduler.stop();
  await pool.end();
  process.send?.({ cpuUs: user + system });
}
