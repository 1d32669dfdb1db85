// Node only: needs `node:sqlite`. What is not listed here is private.

export { SqliteRunJournal, type SqliteRunJournalOptions } from './sqlite-run-journal.ts';
