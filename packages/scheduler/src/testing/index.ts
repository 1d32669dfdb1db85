// What every adapter of a port must do, for any test runner. What is not listed here is private.

export { engineContract, type EngineRule, type EngineSchedule, type EngineUnderTest } from './engine-contract.ts';
export { runJournalContract, type RunJournalRule, type RunJournalUnderTest } from './run-journal-contract.ts';
