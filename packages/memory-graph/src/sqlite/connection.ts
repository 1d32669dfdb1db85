import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { MemoryGraphError } from '../memory-graph-error.ts';
import { fromSqlite } from './sqlite-failure.ts';

/** A row as SQLite gives it, by column name. */
export type Row = Record<string, SQLOutputValue>;

/** One open file with its prepared statements. */
export class Connection {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #closed = false;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Runs `work` in one transaction that holds the write lock from its start. A throw rolls it back. */
  write<T>(work: () => T): T {
    return this.#transaction('BEGIN IMMEDIATE', work);
  }

  /** Runs `work` on one snapshot of the file. */
  read<T>(work: () => T): T {
    return this.#transaction('BEGIN', work);
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepared(sql).get(...values);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepared(sql).all(...values);
  }

  /** @returns the number of rows changed */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepared(sql).run(...values).changes);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#statements.clear();
    this.#db.close();
  }

  #transaction<T>(begin: string, work: () => T): T {
    this.#assertOpen();
    let begun = false;
    try {
      this.#db.exec(begin);
      begun = true;
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      if (begun) this.#rollBack();
      throw fromSqlite(error);
    }
  }

  #rollBack(): void {
    try {
      this.#db.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself, as it does on a full disk.
    }
  }

  #prepared(sql: string): StatementSync {
    this.#assertOpen();
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #assertOpen(): void {
    if (this.#closed) throw new MemoryGraphError('closed', 'The graph was closed');
  }
}
