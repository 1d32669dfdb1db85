// What needs a file system and `node:sqlite`.
export {
  sqliteArchiveStore,
  type SqliteArchiveStore,
  type SqliteArchiveStoreOptions,
} from './store/sqlite/sqlite-archive-store.ts';
