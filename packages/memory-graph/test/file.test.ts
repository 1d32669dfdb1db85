import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { MemoryGraph } from '../src/index.ts';
import { temporaryFile } from './temporary-file.ts';

/** Children run TypeScript as it is written, `using` included. */
const runsSource = Number(process.versions.node.split('.')[0]) >= 24;

function inChild(path: string, script: string): Promise<string> {
  const child = spawn(
    process.execPath,
    ['--conditions=@llm-memory-graph/source', '--input-type=module-typescript', '-e', script, path],
    { stdio: ['ignore', 'pipe', 'inherit'], cwd: import.meta.dirname },
  );
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  return once(child, 'close').then(() => out);
}

describe('the file', () => {
  it('keeps everything over a restart, synced write-ahead', () => {
    using file = temporaryFile();
    using first = MemoryGraph.open({ path: file.path });
    first.createSession({ id: 's', modelId: 'm' });
    first.close();
    using second = MemoryGraph.open({ path: file.path });
    expect(second.getSession('s')?.version).toBe(1);
    const raw = new DatabaseSync(file.path);
    expect(raw.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    raw.close();
  });

  it('refuses what is no graph and leaves it as it is', () => {
    using file = temporaryFile();
    writeFileSync(file.path, 'just some text, long enough to be looked at as a header of a database file, '.repeat(4));
    const text = readFileSync(file.path);
    expect(() => MemoryGraph.open({ path: file.path })).toThrow(expect.objectContaining({ code: 'unsupported_file' }));
    expect(readFileSync(file.path)).toEqual(text);

    using other = temporaryFile();
    const foreign = new DatabaseSync(other.path);
    foreign.exec('CREATE TABLE t (x)');
    foreign.close();
    const bytes = readFileSync(other.path);
    expect(() => MemoryGraph.open({ path: other.path })).toThrow(expect.objectContaining({ code: 'unsupported_file' }));
    expect(readFileSync(other.path)).toEqual(bytes);
  });

  it('refuses a file of a newer release', () => {
    using file = temporaryFile();
    MemoryGraph.open({ path: file.path }).close();
    const newer = new DatabaseSync(file.path);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    expect(() => MemoryGraph.open({ path: file.path })).toThrow(/schema version 99; this release knows up to/);
  });

  it('names a bad option and its value', () => {
    expect(() => MemoryGraph.open({ path: '' })).toThrow('`path` must be a file name or ":memory:", got ""');
    expect(() => MemoryGraph.open({ path: ':memory:', busyTimeoutMs: -1 })).toThrow('got -1');
    expect(() => MemoryGraph.open({ path: '/nonexistent/dir/x.sqlite' })).toThrow(
      expect.objectContaining({ code: 'storage' }),
    );
  });

  it.skipIf(!runsSource)('can be created by several processes at once (needs Node 24)', async () => {
    using file = temporaryFile();
    const script = `
      import { MemoryGraph } from '../src/index.ts';
      const graph = MemoryGraph.open({ path: process.argv[1] });
      graph.createSession({ modelId: 'm' });
      graph.close();
      console.log('ok');
    `;
    const answers = await Promise.all(Array.from({ length: 4 }, () => inChild(file.path, script)));
    expect(answers).toEqual(Array.from({ length: 4 }, () => 'ok\n'));
    using graph = MemoryGraph.open({ path: file.path });
    expect(graph.listSessions()).toHaveLength(4);
  });

  it.skipIf(!runsSource)(
    'S3: of several processes that mark the same versions each is marked once (needs Node 24)',
    async () => {
      using file = temporaryFile();
      using graph = MemoryGraph.open({ path: file.path });
      const ids = Array.from({ length: 40 }, (_, i) => `s${String(i)}`);
      for (const id of ids) graph.createSession({ id, modelId: 'm' });
      const script = `
      import { MemoryGraph } from '../src/index.ts';
      const graph = MemoryGraph.open({ path: process.argv[1] });
      let marked = 0;
      for (let i = 0; i < 40; i++) {
        const result = graph.markArchived({ id: 's' + i, version: 1 }, { archiveId: String(process.pid), digest: 'd', archivedAt: new Date() });
        if (result === 'marked') marked++;
        else if (result !== 'already') throw new Error(result);
      }
      graph.close();
      console.log(marked);
    `;
      const counts = await Promise.all(Array.from({ length: 3 }, () => inChild(file.path, script)));
      expect(counts.reduce((sum, text) => sum + Number(text), 0)).toBe(40);
      expect(ids.every((id) => graph.archives(id).length === 1)).toBe(true);
    },
  );
});
