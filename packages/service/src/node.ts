// The durable parts, on `node:sqlite`. What is not listed here is private.

export { openSqlite, type SqliteOptions } from './sqlite/open-sqlite.ts';
export { groupCommit, type GroupCommit } from './sqlite/group-commit.ts';
export { idempotencyMigration, sqliteIdempotencyStore } from './sqlite/sqlite-idempotency-store.ts';
