import { MemoryGraph } from '@llm-memory-graph/memory-graph';
import { generateKey } from '@llm-memory-graph/sealed-archive';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../../postgres.shared.ts';
import { nextMessage } from '../harness/next-message.ts';
import type { Case, Group, Sample } from '../harness/suite.ts';

const sessions = 4_000;
const words = 'a sentence of the conversation. '.repeat(64);

/** A file of sessions of 2 kB, all of them due. */
function graphOf(path: string): void {
  using graph = MemoryGraph.open({ path, clock: { now: () => Date.UTC(2025, 0, 1) } });
  for (let i = 0; i < sessions; i += 1) {
    const { id } = graph.createSession({ id: `session-${String(i).padStart(8, '0')}`, modelId: 'gpt-4' });
    graph.addPrompt(id, { role: 'user', content: `${String(i)}: ${words}` });
  }
}

function start(program: string, args: readonly string[]): ChildProcess {
  return fork(new URL(program, import.meta.url), args, {
    execArgv: ['--conditions=@llm-memory-graph/source', '--disable-warning=ExperimentalWarning'],
  });
}

async function sampleOf(processes: number, folder: string, database: string): Promise<Sample> {
  const path = join(folder, 'graph.sqlite');
  graphOf(path);
  const vault = start('../vault/vault-process.ts', [folder]);
  const vaultUrl = `http://127.0.0.1:${String(await nextMessage<number>(vault))}`;
  const key = Buffer.from(generateKey()).toString('hex');
  const fleet = Array.from({ length: processes }, (_, i) =>
    start('fleet-worker.ts', [path, database, vaultUrl, key, `p${String(i)}`]),
  );
  await Promise.all(fleet.map((each) => nextMessage(each)));
  const began = performance.now();
  fleet[0]?.send('trigger');
  const { archived } = await Promise.race(fleet.map((each) => nextMessage<{ archived: number }>(each)));
  const seconds = (performance.now() - began) / 1_000;
  if (archived !== sessions) throw new Error(`${String(archived)} of ${String(sessions)} were archived`);
  const costs = fleet.map((each) => nextMessage<{ cpuUs: number }>(each));
  for (const each of fleet) each.send('stop');
  const cpuUs = (await Promise.all(costs)).reduce((sum, cost) => sum + cost.cpuUs, 0) / sessions;
  // The database is stopped next, and would tear down the connections that a process is still closing.
  const ends = fleet.map((each) => once(each, 'exit'));
  for (const each of [...fleet, vault]) each.disconnect();
  await Promise.all(ends);
  return { perSecond: sessions / seconds, cpuUs };
}

function shared(processes: number): Case {
  const sample = async (): Promise<Sample> => {
    if (process.argv[5] === 'memory') return {};
    const folder = mkdtempSync(join(tmpdir(), 'bench-fleet-'));
    const postgres = await startPostgres();
    try {
      return await sampleOf(processes, folder, postgres.url);
    } finally {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  };
  const name = processes === 1 ? '1 process' : `${String(processes)} processes`;
  return { name, ours: true, setup: () => ({ kind: 'sample', sample }) };
}

/** What a fleet gains by more processes, with everything real but the network. */
export const fleet: Group = {
  title: 'one run over 4,000 sessions of 2 kB shared by a fleet: pg-boss on PostgreSQL, one graph, a vault over HTTP',
  goal: 'more sessions/s by a second process where there are cores for it',
  cases: [shared(1), shared(2), shared(4)],
};
