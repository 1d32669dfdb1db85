export { postgresBreakerStore } from './postgres-breaker-store.ts';
export type { PostgresBreakerStore, PostgresQueryable } from './postgres-breaker-store.ts';
