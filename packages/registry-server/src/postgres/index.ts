// The store for several processes, on PostgreSQL. What is not listed here is private.

export { postgresRegistryStore, type PostgresRegistryStoreOptions } from './postgres-registry-store.ts';
