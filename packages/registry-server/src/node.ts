// The durable store, on `node:sqlite`. What is not listed here is private.

export { sqliteRegistryStore, type SqliteRegistryStoreOptions } from './sqlite/sqlite-registry-store.ts';
