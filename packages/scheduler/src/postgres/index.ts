// Needs a pool or client of `pg`, an optional peer. What is not listed here is private.

export { postgresRunJournal, type PostgresQueryable, type PostgresRunJournal } from './postgres-run-journal.ts';
