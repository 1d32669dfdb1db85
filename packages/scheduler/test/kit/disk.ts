import { MemoryGraph } from '@llm-memory-graph/memory-graph';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArchivalScheduler } from '../../src/index.ts';
import { SqliteRunJournal } from '../../src/node/index.ts';
import { FileVault } from './file-vault.ts';
import { complaints } from './oracle.ts';

/** Children run TypeScript as it is written, `using` included. */
export const runsSource = Number(process.versions.node.split('.')[0]) >= 24;
const twoDaysAgo = Date.now() - 2 * 86_400_000;

/** Starts a program of this kit on a directory. */
export function startProcess(program: string, args: readonly string[], execArgs: readonly string[] = []): ChildProcess {
  return spawn(
    process.execPath,
    [
      ...execArgs,
      '--conditions=@llm-memory-graph/source',
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, program),
      ...args,
    ],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
}

/** @returns the signal that ended the process, null when it came to its end */
export async function ended(child: ChildProcess): Promise<NodeJS.Signals | null> {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (code !== null && code !== 0) throw new Error(`The process ended with code ${String(code)}`);
  return signal;
}

/** A process that waits in the middle of a batch. */
export interface HoldingProcess extends Disposable {
  /** @returns the signal that ended it, null when it came to its end */
  goOn(): Promise<NodeJS.Signals | null>;
}

/** A graph, a journal and a vault on disk, worked on by processes. */
export class Disk implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'scheduler-'));
  readonly ids: readonly string[];
  readonly documents = new Map<string, Uint8Array>();
  readonly vault = new FileVault(join(this.directory, 'vault'));

  constructor(sessions: number) {
    this.ids = Array.from({ length: sessions }, (_, i) => `s${String(i).padStart(3, '0')}`);
    using graph = MemoryGraph.open({ path: join(this.directory, 'graph.sqlite'), clock: { now: () => twoDaysAgo } });
    for (const id of this.ids) {
      graph.createSession({ id, modelId: 'gpt-4' });
      graph.addPrompt(id, { role: 'user', content: `words of ${id}` });
      this.documents.set(id, graph.load(id)!.bytes);
    }
  }

  process(owner: string, aim = ''): Promise<NodeJS.Signals | null> {
    return ended(startProcess('process.ts', [this.directory, owner, aim]));
  }

  /** A process that has a batch in hand, and goes on with it when it is told. */
  async holding(owner: string): Promise<HoldingProcess> {
    const child = startProcess('process.ts', [this.directory, owner, 'hold']);
    const end = ended(child);
    await Promise.race([once(child, 'message'), end.then(() => Promise.reject(new Error('it had nothing to hold')))]);
    return {
      goOn: async () => {
        child.send('go on');
        return end;
      },
      [Symbol.dispose]: () => void child.kill('SIGKILL'),
    };
  }

  async recover(owner: string, pruneAfterDays?: number): Promise<void> {
    using graph = MemoryGraph.open({ path: join(this.directory, 'graph.sqlite') });
    using journal = new SqliteRunJournal({ path: join(this.directory, 'runs.sqlite') });
    const config = { archiveAfterDays: 1, batchSize: 4, ...(pruneAfterDays !== undefined && { pruneAfterDays }) };
    await new ArchivalScheduler({ source: graph, vault: this.vault, journal, owner, config }).runOnce();
  }

  /** Sessions that are marked as archived. */
  marked(): number {
    using graph = MemoryGraph.open({ path: join(this.directory, 'graph.sqlite') });
    return this.ids.filter((id) => graph.archives(id).length > 0).length;
  }

  complaints(): string[] {
    using graph = MemoryGraph.open({ path: join(this.directory, 'graph.sqlite') });
    using journal = new SqliteRunJournal({ path: join(this.directory, 'runs.sqlite') });
    const evidence = this.vault.evidence();
    const counted = journal.runs({ limit: 1000 }).reduce((sum, { counts }) => sum + counts.archived, 0);
    const found = complaints(graph, evidence, this.ids, this.documents);
    return counted === evidence.length ? found : [...found, `the runs count ${String(counted)} archives`];
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
