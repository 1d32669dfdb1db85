// The durable parts, on `node:sqlite` and the file system. What is not listed here is private.

export { openSqlite, type SqliteOptions } from './sqlite/open-sqlite.ts';
export { groupCommit, type GroupCommit } from './sqlite/group-commit.ts';
export { idempotencyMigration, sqliteIdempotencyStore } from './sqlite/sqlite-idempotency-store.ts';

export { createOnce } from './create-once.ts';
export { makeFolder } from './make-folder.ts';
