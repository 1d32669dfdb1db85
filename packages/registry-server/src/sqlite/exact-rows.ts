import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Prepares a statement whose integers come back as `bigint`, so that counts up to 2^63 - 1 keep every digit. */
export function prepareExact(db: DatabaseSync, sql: string): StatementSync {
  const statement = db.prepare(sql);
  statement.setReadBigInts(true);
  return statement;
}

/** A time column as a number. */
export function milliseconds(value: bigint | null): number | null {
  return value === null ? null : Number(value);
}
