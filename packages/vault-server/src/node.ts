// What needs a file system and `node:sqlite`.
export { sqliteArchiveStore, type SqliteArchiveStoreOptions } from './store/sqlite/sqlite-archive-store.ts';
