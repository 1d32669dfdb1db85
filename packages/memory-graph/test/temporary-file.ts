import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file name in a directory of its own, which is removed with everything in it. */
export function temporaryFile(name = 'graph.sqlite'): { readonly path: string } & Disposable {
  const directory = mkdtempSync(join(tmpdir(), 'memory-graph-'));
  return {
    path: join(directory, name),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}
