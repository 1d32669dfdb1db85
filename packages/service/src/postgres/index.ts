// The durable parts for several processes, on PostgreSQL. What is not listed here is private.

export { postgresDatabase, type PostgresDatabase, type PostgresQuery } from './postgres-database.ts';
export type { PostgresClient, PostgresPool } from './postgres-pool.ts';
export { migratePostgres, type PostgresMigration } from './migrate-postgres.ts';
export { groupedWrites, type GroupedWrites, type GroupLimits } from './grouped-writes.ts';
export { postgresIdempotencyMigration, postgresIdempotencyStore } from './postgres-idempotency-store.ts';
