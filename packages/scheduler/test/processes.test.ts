import { MemoryGraph } from '@llm-memory-graph/memory-graph';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ArchivalScheduler, failpointNames } from '../src/index.ts';
import { SqliteRunJournal } from '../src/node/index.ts';
import { FileVault } from './kit/file-vault.ts';
import { complaints } from './kit/oracle.ts';

/** Children run TypeScript as it is written, `using` included. */
const runsSource = Number(process.versions.node.split('.')[0]) >= 24;
const twoDaysAgo = Date.now() - 2 * 86_400_000;

/** A graph, a journal and a vault on disk, worked on by processes. */
class Disk implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'scheduler-'));
  readonly ids: readonly string[];
  readonly vault = new FileVault(join(this.directory, 'vault'));

  constructor(sessions: number) {
    this.ids = Array.from({ length: sessions }, (_, i) => `s${String(i).padStart(3, '0')}`);
    using graph = MemoryGraph.open({ path: join(this.directory, 'graph.sqlite'), clock: { now: () => twoDaysAgo } });
    for (const id of this.ids) {
      graph.createSession({ id, modelId: 'gpt-4' });
      graph.addPrompt(id, { role: 'user', content: `words of ${id}` });
    }
  }

  /** @returns the signal that ended the process, null when it came to its end */
  async process(owner: string, aim = ''): Promise<NodeJS.Signals | null> {
    const child = spawn(
      process.execPath,
      [
        '--conditions=@llm-memory-graph/source',
        '--disable-warning=ExperimentalWarning',
        join(import.meta.dirname, 'kit/process.ts'),
        this.directory,
        owner,
        aim,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (code !== null && code !== 0) throw new Error(`The process ended with code ${String(code)}`);
    return signal;
  }

  async recover(owner: string): Promise<void> {
    using graph = MemoryGraph.open({ path: join(this.directory, 'graph.sqlite') });
    using journal = new SqliteRunJournal({ path: join(this.directory, 'runs.sqlite') });
    const config = { archiveAfterDays: 1, batchSize: 4 };
    await new ArchivalScheduler({ source: graph, vault: this.vault, journal, owner, config }).runOnce();
  }

  complaints(): string[] {
    using graph = MemoryGraph.open({ path: join(this.directory, 'graph.sqlite') });
    using journal = new SqliteRunJournal({ path: join(this.directory, 'runs.sqlite') });
    const evidence = this.vault.evidence();
    const counted = journal.runs({ limit: 1000 }).reduce((sum, { counts }) => sum + counts.archived, 0);
    const found = complaints(graph, evidence, this.ids);
    return counted === evidence.length ? found : [...found, `the runs count ${String(counted)} archives`];
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

describe.skipIf(!runsSource)('S1, S7: a process killed with SIGKILL (needs Node 24)', () => {
  const matrix = failpointNames.flatMap((name) =>
    name === 'during-drain' ? [`${name}:1`] : [`${name}:1`, `${name}:2`],
  );

  it.each(matrix)('at %s loses nothing and doubles nothing', async (aim) => {
    using disk = new Disk(8);
    expect(await disk.process('a', aim)).toBe('SIGKILL');
    await disk.recover('a');
    expect(disk.complaints()).toEqual([]);
    expect(disk.vault.posts()).toBeLessThanOrEqual(12);
  });
});

describe.skipIf(!runsSource)('S3: several processes at once (needs Node 24)', () => {
  it('share the work, also when one of them is killed', { timeout: 60_000 }, async () => {
    using disk = new Disk(60);
    const ends = await Promise.all([disk.process('a', 'after-ack:3'), disk.process('b'), disk.process('c')]);
    expect(ends.slice(1)).toEqual([null, null]);
    await disk.recover('a');
    expect(disk.complaints()).toEqual([]);
    expect(disk.vault.posts()).toBeLessThanOrEqual(75);
  });
});
