// Node only: needs `node:sqlite` and process signals. What is not listed here is private.

export { SqliteRunJournal, type SqliteRunJournalOptions } from './sqlite-run-journal.ts';
export { stopOnSignals, type StopOnSignalsOptions } from './stop-on-signals.ts';
