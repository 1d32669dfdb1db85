export { TestClock } from './test-clock.ts';
export { fail, hang, hangForever, script, succeed } from './script.ts';
export { breakerStoreContract } from './breaker-store-contract.ts';

export type { ScriptedOperation, Step } from './script.ts';
export type { BreakerStoreRule } from './breaker-store-contract.ts';
