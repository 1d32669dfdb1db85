export { TestClock } from './test-clock.ts';
export { fail, hang, hangForever, script, succeed } from './script.ts';
export type { ScriptedOperation, Step } from './script.ts';
