import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BreakerStateStore, StoredBreakerState } from '../circuit-breaker/store/breaker-state-store.ts';

/**
 * Keeps each circuit in a file of its own under `directory`, which is created. A file is replaced by renaming a
 * complete, synced one over it: after a crash there is the old state or the new one, never half of one. Meant for one
 * process per directory; several need `sqliteBreakerStore` or `postgresBreakerStore`.
 */
export function fileBreakerStore(directory: string): BreakerStateStore {
  const fileOf = (key: string): string => join(directory, `${createHash('sha256').update(key).digest('hex')}.json`);
  let writes: Promise<unknown> = Promise.resolve();

  const load = async (key: string): Promise<StoredBreakerState | undefined> => {
    try {
      return parse(await readFile(fileOf(key), 'utf8'));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  };
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(directory, { recursive: true });
    const temporary = `${file}.${process.pid}.tmp`;
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    await syncDirectory(directory);
  };
  const oneByOne = <T>(task: () => Promise<T>): Promise<T> => {
    const result = writes.then(task);
    writes = result.catch(() => undefined);
    return result;
  };

  return {
    load,
    save: (key, state, revision) =>
      oneByOne(async () => {
        if (((await load(key))?.revision ?? 0) !== revision) return undefined;
        await write(fileOf(key), JSON.stringify({ key, revision: revision + 1, state }));
        return revision + 1;
      }),
    delete: (key) => oneByOne(() => rm(fileOf(key), { force: true })),
  };
}

/** A file that someone damaged counts as revision 0 of something unreadable: it is reported, and saved over. */
function parse(text: string): StoredBreakerState {
  try {
    const { state, revision } = JSON.parse(text) as StoredBreakerState;
    return { state, revision: Number.isSafeInteger(revision) && revision > 0 ? revision : 0 };
  } catch {
    return { state: undefined, revision: 0 };
  }
}

async function syncDirectory(directory: string): Promise<void> {
  // Windows cannot open a directory; there the rename is durable by itself.
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ENOENT';
}
