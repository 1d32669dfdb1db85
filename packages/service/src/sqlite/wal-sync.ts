import { closeSync, fdatasync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';

/** Makes the commits of a database survive a power cut without holding up the event loop. */
export interface WalSync {
  /** Resolves once every commit made before the call is on disk. */
  sync(): Promise<void>;
  close(): void;
}

function fileOf(db: DatabaseSync): string {
  const rows = db.prepare('PRAGMA database_list').all() as { name: string; file: string }[];
  return rows.find(({ name }) => name === 'main')?.file ?? '';
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/**
 * Takes the sync at every commit over from SQLite. With `synchronous = NORMAL` a commit is appended to the write-ahead
 * log, whose frames carry checksums: what is torn by a power cut is ignored. So a commit is durable as soon as the log
 * is synced, whoever does that; SQLite itself still syncs log and database around every checkpoint.
 *
 * @param syncLog how the log is synced, for tests
 */
export function walSync(db: DatabaseSync, syncLog?: (file: string) => Promise<void>): WalSync {
  const file = fileOf(db);
  if (file === '') return { sync: () => Promise.resolve(), close: () => undefined };
  db.exec('PRAGMA synchronous = NORMAL');
  const log = `${file}-wal`;
  if (syncLog) return { sync: () => syncLog(log), close: () => undefined };
  let descriptor: number | undefined;
  const open = (): number => {
    // The log lives as long as the connection; its name in the folder must survive as well.
    const opened = openSync(log, 'r+');
    syncFolder(dirname(file));
    return opened;
  };
  return {
    sync: () =>
      new Promise((resolve, reject) =>
        fdatasync((descriptor ??= open()), (error) => (error ? reject(error) : resolve())),
      ),
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}
