// One life of a scheduler in the campaign: `worker.ts <directory> <owner> <vault url> [<failpoint>:<nth>]`. Tells its
// parent what it is about to store, and what it has archived.
import { MemoryGraph } from '@llm-memory-graph/memory-graph';
import { localKeyRing } from '@llm-memory-graph/sealed-archive';
import { archivePort, VaultClient } from '@llm-memory-graph/vault-client';
import { archiveSealer } from '@llm-memory-graph/vault-client/node';
import { join } from 'node:path';
import { ArchivalScheduler, type FailpointName } from '../../src/index.ts';
import { SqliteRunJournal, stopOnSignals } from '../../src/node/index.ts';
import { campaignConfig, keyOf, vaultKey } from './settings.ts';

const [directory = '', owner = '', baseUrl = '', aim = ''] = process.argv.slice(2);
const [target, nth] = aim.split(':');
let passed = 0;
const failpoint = (name: FailpointName): void => {
  if (name !== target) return;
  passed += 1;
  if (passed === Number(nth)) process.kill(process.pid, 'SIGKILL');
};

const graph = MemoryGraph.open({ path: join(directory, 'graph.sqlite'), busyTimeoutMs: 30_000, failpoint });
const journal = new SqliteRunJournal({ path: join(directory, 'runs.sqlite'), busyTimeoutMs: 30_000 });
const keys = localKeyRing({ keys: { campaign: keyOf(directory) }, primary: 'campaign' });
const client = new VaultClient({ baseUrl, apiKey: vaultKey, sealer: archiveSealer({ keys }), timeoutMs: 10_000 });
const port = archivePort(client, { readsClock: true });
const scheduler = new ArchivalScheduler({
  source: graph,
  vault: {
    ...port,
    archive: async (requests, options) => {
      process.send?.({ storing: requests.map(({ sessionId }) => sessionId) });
      const outcomes = await port.archive(requests, options);
      failpoint('after-put-before-ack');
      return outcomes;
    },
  },
  journal,
  owner,
  failpoint,
  config: campaignConfig,
});
stopOnSignals(scheduler);
scheduler.on('sessionArchived', () => {
  process.send?.({ archived: 1 });
  if (target === 'during-drain') void scheduler.stop();
});
try {
  await scheduler.runOnce();
} catch (error) {
  // Another took the run over while this one was stopped, or the vault did not tell the time: the next life goes on.
  const code = (error as { readonly code?: unknown }).code;
  if (code !== 'run_lost' && code !== 'unavailable') throw error;
}
process.exit(0);
