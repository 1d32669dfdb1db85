export { fileBreakerStore } from './file-breaker-store.ts';
export { sqliteBreakerStore } from './sqlite-breaker-store.ts';
