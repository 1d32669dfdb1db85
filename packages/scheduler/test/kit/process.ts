// One scheduler as a process of its own:
// `process.ts <directory> <owner> [<failpoint>:<nth> | signals:<signal> ... | hold]`.
// With `hold` it tells its parent when it has a batch in hand, and goes on when its parent says so.
import { once } from 'node:events';
import { MemoryGraph } from '@llm-memory-graph/memory-graph';
import { join } from 'node:path';
import { ArchivalScheduler, type Failpoint } from '../../src/index.ts';
import { SqliteRunJournal, stopOnSignals } from '../../src/node/index.ts';
import { FileVault } from './file-vault.ts';

const [directory = '', owner = '', aim = ''] = process.argv.slice(2);
const [target = '', nth = ''] = aim.split(':');
let passed = 0;
const failpoint: Failpoint = async (name) => {
  if (target === 'signals' && name === 'before-put') await signalled(nth.split(' ') as NodeJS.Signals[]);
  if (target === 'hold' && name === 'before-put') await held();
  if (name !== target) return;
  passed += 1;
  if (passed === Number(nth)) process.kill(process.pid, 'SIGKILL');
};

/** Sends this process signals as an operator does, and goes on once they have arrived. */
async function signalled(signals: readonly NodeJS.Signals[]): Promise<void> {
  if (passed++ > 0) return;
  for (const signal of signals) {
    const arrived = new Promise<void>((resolve) => process.once(signal, () => resolve()));
    process.kill(process.pid, signal);
    await arrived;
  }
}

async function held(): Promise<void> {
  if (passed++ > 0) return;
  process.send?.('holding');
  await once(process, 'message');
}

using graph = MemoryGraph.open({
  path: join(directory, 'graph.sqlite'),
  failpoint: (name) => {
    void failpoint(name);
  },
});
using journal = new SqliteRunJournal({ path: join(directory, 'runs.sqlite') });
const scheduler = new ArchivalScheduler({
  source: graph,
  vault: new FileVault(join(directory, 'vault'), failpoint),
  journal,
  owner,
  failpoint,
  config: { archiveAfterDays: 1, batchSize: 4, ...(target.endsWith('-prune') && { pruneAfterDays: 0 }) },
});
stopOnSignals(scheduler);
if (target === 'during-drain') scheduler.on('sessionArchived', () => void scheduler.stop());
await scheduler.runOnce();
process.disconnect();
