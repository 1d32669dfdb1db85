// The pooled transport. Needs Node; browsers and edge runtimes have a pool of their own under `fetch`.

export { pooledFetch, type PooledFetch } from './pooled-fetch.ts';
export type { PoolOptions } from './pool-options.ts';
export type { PoolStats } from './pool-meter.ts';
