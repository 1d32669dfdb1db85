import { DatabaseSync } from 'node:sqlite';

/** What {@link openSqlite} opens. */
export interface SqliteOptions {
  /** File of the database, or `:memory:`. Its folder must exist. */
  readonly path: string;
  /** SQL scripts in order; each runs once, in a transaction. Only ever append to the list. */
  readonly migrations: readonly string[];
  /**
   * Pragmas that lay out a new file, such as `PRAGMA auto_vacuum = INCREMENTAL`; without effect on one that has tables.
   *
   * @default none
   */
  readonly layout?: string;
}

function migrate(db: DatabaseSync, { path, migrations }: SqliteOptions): void {
  const version = (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
  if (version > migrations.length) {
    throw new Error(
      `${path} has schema version ${String(version)}, this program knows up to ${String(migrations.length)}`,
    );
  }
  migrations.slice(version).forEach((script, i) => {
    db.exec(`BEGIN IMMEDIATE; ${script}; PRAGMA user_version = ${String(version + i + 1)}; COMMIT`);
  });
}

/**
 * Opens a database whose commits survive a power cut: write-ahead log, a sync at every commit.
 *
 * @throws {Error} naming the path when it cannot be opened, is no database, or was written by a newer program
 */
export function openSqlite(options: SqliteOptions): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(options.path);
    // Before the log: turning it on writes the first page, and with it the layout.
    db.exec(options.layout ?? '');
    db.exec(
      'PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON',
    );
    migrate(db, options);
    return db;
  } catch (cause) {
    // Closing rolls back what a failed migration left open.
    db?.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(reason.startsWith(options.path) ? reason : `cannot open ${options.path}: ${reason}`, { cause });
  }
}
