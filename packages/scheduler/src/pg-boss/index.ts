// Needs `pg-boss`, an optional peer, in exactly the version that package.json names. What is not listed here is private.

export { pgBossEngine, type PgBossEngine } from './pg-boss-engine.ts';
export type { PgBossConnection, PgBossEngineOptions } from './options.ts';
export type { DeadJob } from './dead-job.ts';
