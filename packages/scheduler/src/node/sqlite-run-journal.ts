import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { withResults } from '../journal/in-memory-run-journal.ts';
import { runLost } from '../journal/run-lost.ts';
import type { Checkpoint, JournalRun, OpenRun, RunJournal, RunOutcome, SessionFailure } from '../ports/run-journal.ts';
import { openJournalFile } from './journal-file.ts';

/** Options of {@link SqliteRunJournal}. */
export interface SqliteRunJournalOptions {
  /** The file, created when absent. Give it a file of its own, on a local disk; processes may share it. */
  readonly path: string;
  /** The wall clock, in milliseconds since the epoch. @default the system's */
  readonly clock?: { now(): number };
  /** How long a call waits for another process, in milliseconds. @default 5000 */
  readonly busyTimeoutMs?: number;
}

type Row = Record<string, SQLOutputValue>;

function runOf(row: Row): JournalRun {
  const at = row['cursor_at'] ?? null;
  const finished = row['finished_at'] ?? null;
  const outcome = row['outcome'] ?? null;
  return {
    runId: String(row['id']),
    owner: String(row['owner']),
    epoch: Number(row['epoch']),
    startedAt: new Date(Number(row['started_at'])),
    cutoff: new Date(Number(row['cutoff'])),
    cursor: at === null ? undefined : { updatedAt: new Date(Number(at)), id: String(row['cursor_id']) },
    counts: { archived: Number(row['archived']), failed: Number(row['failed']), skipped: Number(row['skipped']) },
    finishedAt: finished === null ? undefined : new Date(Number(finished)),
    outcome: outcome === null ? undefined : (outcome as RunOutcome),
  };
}

function failureOf(row: Row): SessionFailure {
  return {
    sessionId: String(row['session_id']),
    version: Number(row['version']),
    attempts: Number(row['attempts']),
    reason: String(row['reason']),
    parked: row['parked'] === 1,
    failedAt: new Date(Number(row['failed_at'])),
  };
}

/**
 * A journal in a SQLite file: every write is on disk when it returns, and several schedulers may share it.
 *
 * @example
 * ```ts
 * using journal = new SqliteRunJournal({ path: 'runs.sqlite' });
 * ```
 */
export class SqliteRunJournal implements RunJournal, Disposable {
  readonly #db: DatabaseSync;
  readonly #now: () => number;
  readonly #statements = new Map<string, StatementSync>();

  /** @throws {SchedulerError} `invalid_config` for a file of another program or of a newer release */
  constructor({ path, clock = { now: () => Date.now() }, busyTimeoutMs = 5000 }: SqliteRunJournalOptions) {
    this.#db = openJournalFile(path, busyTimeoutMs);
    this.#now = () => Math.trunc(clock.now());
  }

  close(run: JournalRun, end: { readonly outcome: RunOutcome; readonly at: Date }): JournalRun {
    return this.#write(() => {
      const row = this.#held(run);
      const finishedAt = end.outcome === 'completed' ? end.at.getTime() : null;
      this.#run(
        'UPDATE run SET outcome = ?, finished_at = ?, leased_until = 0 WHERE key = ?',
        end.outcome,
        finishedAt,
        row['key'],
      );
      return runOf(this.#held(run));
    });
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#db.close();
  }

  open(options: {
    readonly owner: string;
    readonly runId: string;
    readonly startedAt: Date;
    readonly cutoff: Date;
    readonly ttlMs: number;
  }): OpenRun {
    const { owner, runId, startedAt, cutoff, ttlMs } = options;
    return this.#write(() => {
      const now = this.#now();
      // As with sessions: an expiry from a clock that runs ahead counts for two leases at most.
      const latest = now + 2 * ttlMs;
      this.#run('UPDATE run SET leased_until = ? WHERE finished_at IS NULL AND leased_until > ?', latest, latest);
      // No numbered parameters: Node 22.15 binds them by name only.
      const left = this.#get(
        `UPDATE run SET owner = ?, epoch = epoch + 1, leased_until = ?
         WHERE key = (SELECT min(key) FROM run WHERE finished_at IS NULL AND (owner = ? OR leased_until <= ?))
         RETURNING *`,
        owner,
        now + ttlMs,
        owner,
        now,
      );
      if (left !== undefined) {
        const unsettled = this.#all('SELECT session_id FROM unsettled WHERE run_key = ?', left['key']);
        return { run: runOf(left), resumed: true, unsettled: unsettled.map((row) => String(row['session_id'])) };
      }
      const begun = this.#get(
        'INSERT INTO run (id, owner, epoch, leased_until, started_at, cutoff) VALUES (?, ?, 1, ?, ?, ?) RETURNING *',
        runId,
        owner,
        now + ttlMs,
        startedAt.getTime(),
        cutoff.getTime(),
      );
      return { run: runOf(begun as Row), resumed: false, unsettled: [] };
    });
  }

  begin(run: JournalRun, sessionIds: readonly string[], { ttlMs }: { readonly ttlMs: number }): void {
    this.#write(() => {
      const { key } = this.#held(run);
      for (const id of sessionIds) {
        this.#run('INSERT INTO unsettled (run_key, session_id) VALUES (?, ?) ON CONFLICT DO NOTHING', key, id);
      }
      this.#run('UPDATE run SET leased_until = ? WHERE key = ?', this.#now() + ttlMs, key);
    });
  }

  checkpoint(run: JournalRun, checkpoint: Checkpoint, { ttlMs }: { readonly ttlMs: number }): JournalRun {
    return this.#write(() => {
      const row = this.#held(run);
      const { key } = row;
      for (const { sessionId } of checkpoint.results) {
        this.#run('DELETE FROM unsettled WHERE run_key = ? AND session_id = ?', key, sessionId);
      }
      for (const id of checkpoint.cleared) this.#run('DELETE FROM failure WHERE session_id = ?', id);
      for (const failure of checkpoint.failures) this.#keep(failure);
      const before = runOf(row);
      const counts = withResults(before.counts, checkpoint);
      const cursor = checkpoint.cursor ?? before.cursor;
      this.#run(
        `UPDATE run SET leased_until = ?, cursor_at = ?, cursor_id = ?, archived = ?, failed = ?, skipped = ?
         WHERE key = ?`,
        this.#now() + ttlMs,
        cursor?.updatedAt.getTime() ?? null,
        cursor?.id ?? null,
        counts.archived,
        counts.failed,
        counts.skipped,
        key,
      );
      return runOf(this.#held(run));
    });
  }

  failuresOf(sessionIds: readonly string[]): SessionFailure[] {
    return sessionIds.flatMap((id) => this.#all('SELECT * FROM failure WHERE session_id = ?', id).map(failureOf));
  }

  parked({ after = '', limit }: { readonly after?: string | undefined; readonly limit: number }): SessionFailure[] {
    return this.#all(
      'SELECT * FROM failure WHERE parked = 1 AND session_id > ? ORDER BY session_id LIMIT ?',
      after,
      limit,
    ).map(failureOf);
  }

  unpark(sessionIds: readonly string[]): number {
    return this.#write(() =>
      sessionIds.reduce(
        (count, id) => count + this.#run('DELETE FROM failure WHERE parked = 1 AND session_id = ?', id),
        0,
      ),
    );
  }

  runs({ limit }: { readonly limit: number }): JournalRun[] {
    return this.#all('SELECT * FROM run ORDER BY key DESC LIMIT ?', limit).map(runOf);
  }

  #keep({ sessionId, version, attempts, reason, parked, failedAt }: SessionFailure): void {
    this.#run(
      `INSERT INTO failure (session_id, version, attempts, reason, parked, failed_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (session_id) DO UPDATE SET version = excluded.version, attempts = excluded.attempts,
         reason = excluded.reason, parked = excluded.parked, failed_at = excluded.failed_at`,
      sessionId,
      version,
      attempts,
      reason,
      parked ? 1 : 0,
      failedAt.getTime(),
    );
  }

  #held({ runId, epoch }: JournalRun): Row {
    const row = this.#get('SELECT * FROM run WHERE id = ? AND epoch = ?', runId, epoch);
    if (row === undefined) throw runLost(runId);
    return row;
  }

  #write<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      try {
        this.#db.exec('ROLLBACK');
      } catch {
        // SQLite has rolled back by itself, as it does on a full disk.
      }
      throw error;
    }
  }

  #get(sql: string, ...values: (SQLInputValue | undefined)[]): Row | undefined {
    return this.#prepared(sql).get(...(values as SQLInputValue[]));
  }

  #all(sql: string, ...values: (SQLInputValue | undefined)[]): Row[] {
    return this.#prepared(sql).all(...(values as SQLInputValue[]));
  }

  #run(sql: string, ...values: (SQLInputValue | undefined)[]): number {
    return Number(this.#prepared(sql).run(...(values as SQLInputValue[])).changes);
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
