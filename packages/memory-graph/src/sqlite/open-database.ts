import { DatabaseSync } from 'node:sqlite';
import { MemoryGraphError } from '../memory-graph-error.ts';
import { applicationId, migrations } from './schema.ts';
import { fromSqlite, isNotADatabase } from './sqlite-failure.ts';

function pragma(db: DatabaseSync, name: string): unknown {
  return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

/** Looks before anything is written: a file that is not ours must stay as it is. */
function assertOurs(db: DatabaseSync, path: string): void {
  const isEmpty = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  const id = pragma(db, 'application_id');
  if (id !== applicationId && !(isEmpty && id === 0)) {
    throw new MemoryGraphError('unsupported_file', `${path} is a SQLite file of another program`);
  }
  const version = Number(pragma(db, 'user_version'));
  if (version > migrations.length) {
    throw new MemoryGraphError(
      'unsupported_file',
      `${path} has schema version ${version}; this release knows up to ${migrations.length}`,
    );
  }
}

function migrate(db: DatabaseSync): void {
  if (Number(pragma(db, 'user_version')) === migrations.length) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Read again under the lock: another process may have migrated meanwhile.
    const from = Number(pragma(db, 'user_version'));
    for (const step of migrations.slice(from)) db.exec(step);
    db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}; COMMIT`);
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

/**
 * Opens or creates a graph file: write-ahead log, every commit synced to disk, foreign keys on.
 *
 * @throws {MemoryGraphError} `unsupported_file`, `busy` or `storage`
 */
export function openDatabase(path: string, busyTimeoutMs: number): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { enableForeignKeyConstraints: true });
    // Not by the option `timeout`: Node 22.15 does not know it and says nothing.
    db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    assertOurs(db, path);
    if (pragma(db, 'journal_mode') !== 'wal') pragma(db, 'journal_mode = WAL');
    db.exec('PRAGMA synchronous = FULL');
    migrate(db);
    return db;
  } catch (error) {
    db?.close();
    if (isNotADatabase(error)) {
      throw new MemoryGraphError('unsupported_file', `${path} is not a SQLite database`, { cause: error });
    }
    throw fromSqlite(error);
  }
}
