import { DatabaseSync } from 'node:sqlite';
import { SchedulerError } from '../scheduler-error.ts';
import { applicationId, schema, schemaVersion } from './journal-schema.ts';

function pragma(db: DatabaseSync, name: string): unknown {
  return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

function assertOurs(db: DatabaseSync, path: string): void {
  const isEmpty = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  const id = pragma(db, 'application_id');
  const version = Number(pragma(db, 'user_version'));
  if ((id === applicationId && version <= schemaVersion) || (isEmpty && id === 0)) return;
  throw new SchedulerError('invalid_config', `\`path\` must be a run journal of this release, got ${path}`);
}

/** Opens or creates a journal file; one that is not ours stays as it is. */
export function openJournalFile(path: string, busyTimeoutMs: number): DatabaseSync {
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: true });
  try {
    // Not by the option `timeout`: Node 22.15 does not know it and says nothing.
    db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    assertOurs(db, path);
    if (pragma(db, 'journal_mode') !== 'wal') pragma(db, 'journal_mode = WAL');
    db.exec('PRAGMA synchronous = FULL; BEGIN IMMEDIATE');
    if (Number(pragma(db, 'user_version')) === 0) {
      db.exec(`${schema} PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion};`);
    }
    db.exec('COMMIT');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
