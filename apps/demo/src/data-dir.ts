import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from '@llm-memory-graph/service/node';
import { UsageError } from './usage-error.ts';

/**
 * Makes the folder and takes it for this process. The lock is one of SQLite, so it ends with the process, also with a
 * killed one.
 *
 * @throws {UsageError} naming the folder when it cannot be written or is in use
 */
export function takeDataDir(dataDir: string): Disposable {
  let lock: DatabaseSync;
  try {
    makeFolder(dataDir);
    if (!statSync(dataDir).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
    lock = new DatabaseSync(join(dataDir, 'demo.lock'));
  } catch (error) {
    throw unwritable(dataDir, error);
  }
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode === 5)
      throw new UsageError(`--data-dir ${dataDir} is in use by another run`);
    throw unwritable(dataDir, error);
  }
  return { [Symbol.dispose]: () => lock.close() };
}

function unwritable(dataDir: string, error: unknown): UsageError {
  const { code = 'error' } = error as NodeJS.ErrnoException;
  return new UsageError(
    `--data-dir ${dataDir} ${code === 'ENOTDIR' ? 'is not a folder' : `cannot be written (${code})`}`,
  );
}
