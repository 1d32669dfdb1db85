import { runLost } from '../journal/run-lost.ts';
import type { JournalRun, RunJournal, RunOutcome, SessionFailure } from '../ports/run-journal.ts';
import { SchedulerError } from '../scheduler-error.ts';
import { schemaOf } from './journal-schema.ts';

/** What is used of `pg`: a `Pool` or a `Client`. */
export interface PostgresQueryable {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: unknown[]; readonly rowCount: number | null }>;
}

/** A {@link RunJournal} in PostgreSQL. */
export interface PostgresRunJournal extends RunJournal {
  /** Creates the tables that are missing. */
  migrate(): Promise<void>;
}

interface RunRow {
  readonly id: string;
  readonly owner: string;
  readonly epoch: string;
  readonly started_at: Date;
  readonly cutoff: Date;
  readonly cursor_at: Date | null;
  readonly cursor_id: string | null;
  readonly archived: string;
  readonly failed: string;
  readonly skipped: string;
  readonly finished_at: Date | null;
  readonly outcome: RunOutcome | null;
}

function runOf(row: RunRow): JournalRun {
  return {
    runId: row.id,
    owner: row.owner,
    epoch: Number(row.epoch),
    startedAt: row.started_at,
    cutoff: row.cutoff,
    cursor: row.cursor_at === null ? undefined : { updatedAt: row.cursor_at, id: row.cursor_id ?? '' },
    counts: { archived: Number(row.archived), failed: Number(row.failed), skipped: Number(row.skipped) },
    finishedAt: row.finished_at ?? undefined,
    outcome: row.outcome ?? undefined,
  };
}

interface FailureRow {
  readonly session_id: string;
  readonly version: string;
  readonly attempts: number;
  readonly reason: string;
  readonly parked: boolean;
  readonly failed_at: Date;
}

function failureOf(row: FailureRow): SessionFailure {
  return {
    sessionId: row.session_id,
    version: Number(row.version),
    attempts: row.attempts,
    reason: row.reason,
    parked: row.parked,
    failedAt: row.failed_at,
  };
}

const inMs = (parameter: string): string => `clock_timestamp() + ${parameter} * interval '1 millisecond'`;

/**
 * A journal that processes on several machines share. Each call is one statement, so no transaction and no lock is
 * held; leases run by the database's clock, so no two machines need to agree about the time.
 *
 * @param database a `Pool` or `Client` of `pg`; the caller ends it
 * @param options.prefix of the tables `run`, `run_unsettled` and `run_failure`: a-z, 0-9 and _ @default 'archival_'
 * @throws {SchedulerError} `invalid_config`
 * @example
 * ```ts
 * const journal = postgresRunJournal(new pg.Pool({ connectionString: process.env.DATABASE_URL }));
 * await journal.migrate();
 * ```
 */
export function postgresRunJournal(
  database: PostgresQueryable,
  options: { readonly prefix?: string } = {},
): PostgresRunJournal {
  const { prefix = 'archival_' } = options;
  if (!/^[a-z_][a-z0-9_]{0,30}$/.test(prefix)) {
    throw new SchedulerError('invalid_config', `\`prefix\` must be of a-z, 0-9 and _, got ${JSON.stringify(prefix)}`);
  }
  const [run, unsettled, failure] = [`${prefix}run`, `${prefix}run_unsettled`, `${prefix}run_failure`];
  const rows = async <T>(text: string, values: unknown[]): Promise<T[]> =>
    (await database.query(text, values)).rows as T[];

  /** One statement that begins by holding the run in its epoch; `rest` sees it as `held`. */
  const held = async ({ runId, epoch }: JournalRun, update: string, rest: string, values: unknown[]) => {
    const [row] = await rows<RunRow>(
      `WITH held AS (UPDATE ${run} SET ${update} WHERE id = $1 AND epoch = $2 RETURNING *) ${rest} SELECT * FROM held`,
      [runId, epoch, ...values],
    );
    if (row === undefined) throw runLost(runId);
    return runOf(row);
  };

  return {
    async migrate() {
      await database.query(schemaOf(prefix));
    },

    async open({ owner, runId, startedAt, cutoff, ttlMs }) {
      const [left] = await rows<RunRow & { readonly unsettled: string[] }>(
        `UPDATE ${run} SET owner = $1, epoch = epoch + 1, leased_until = ${inMs('$2')}
         WHERE key = (
           SELECT key FROM ${run}
           WHERE finished_at IS NULL AND (owner = $1 OR leased_until <= clock_timestamp())
           ORDER BY key LIMIT 1 FOR UPDATE SKIP LOCKED
         )
         RETURNING *, ARRAY(SELECT session_id FROM ${unsettled} WHERE run_key = key ORDER BY session_id) AS unsettled`,
        [owner, ttlMs],
      );
      if (left !== undefined) return { run: runOf(left), resumed: true, unsettled: left.unsettled };
      const [begun] = await rows<RunRow>(
        `INSERT INTO ${run} (id, owner, epoch, leased_until, started_at, cutoff)
         VALUES ($1, $2, 1, ${inMs('$3')}, $4, $5) RETURNING *`,
        [runId, owner, ttlMs, startedAt, cutoff],
      );
      return { run: runOf(begun as RunRow), resumed: false, unsettled: [] };
    },

    async begin(target, sessionIds, { ttlMs }) {
      await held(
        target,
        `leased_until = ${inMs('$3')}`,
        `, noted AS (INSERT INTO ${unsettled} (run_key, session_id)
           SELECT held.key, each.session_id FROM held, unnest($4::text[]) AS each (session_id) ON CONFLICT DO NOTHING)`,
        [ttlMs, sessionIds],
      );
    },

    async checkpoint(target, { results, cursor, failures, cleared }, { ttlMs }) {
      const count = (wanted: string): number => results.filter(({ result }) => result === wanted).length;
      return held(
        target,
        `leased_until = ${inMs('$3')}, cursor_at = coalesce($4::timestamptz, cursor_at),
         cursor_id = coalesce($5, cursor_id), archived = archived + $6, failed = failed + $7, skipped = skipped + $8`,
        `, settled AS (DELETE FROM ${unsettled} USING held WHERE run_key = held.key AND session_id = ANY ($9::text[])),
         over AS (DELETE FROM ${failure} USING held WHERE session_id = ANY ($10::text[])),
         kept AS (
           INSERT INTO ${failure} (session_id, version, attempts, reason, parked, failed_at)
           SELECT each.* FROM held,
             jsonb_to_recordset($11::jsonb) AS each
               (session_id text, version bigint, attempts integer, reason text, parked boolean, failed_at timestamptz)
           ON CONFLICT (session_id) DO UPDATE SET version = excluded.version, attempts = excluded.attempts,
             reason = excluded.reason, parked = excluded.parked, failed_at = excluded.failed_at
         )`,
        [
          ttlMs,
          cursor?.updatedAt ?? null,
          cursor?.id ?? null,
          count('archived'),
          count('failed'),
          count('skipped'),
          results.map(({ sessionId }) => sessionId),
          cleared,
          JSON.stringify(failures.map(rowOf)),
        ],
      );
    },

    async close(target, { outcome, at }) {
      return held(target, "outcome = $3, finished_at = $4, leased_until = '-infinity'", '', [
        outcome,
        outcome === 'completed' ? at : null,
      ]);
    },

    async failuresOf(sessionIds) {
      const found = await rows<FailureRow>(
        `SELECT failure.* FROM unnest($1::text[]) WITH ORDINALITY AS asked (id, place)
         JOIN ${failure} AS failure ON failure.session_id = asked.id ORDER BY place`,
        [sessionIds],
      );
      return found.map(failureOf);
    },

    async parked({ after = '', limit }) {
      const found = await rows<FailureRow>(
        `SELECT * FROM ${failure} WHERE parked AND session_id > $1 ORDER BY session_id LIMIT $2`,
        [after, limit],
      );
      return found.map(failureOf);
    },

    async unpark(sessionIds) {
      const { rowCount } = await database.query(
        `DELETE FROM ${failure} WHERE parked AND session_id = ANY ($1::text[])`,
        [sessionIds],
      );
      return rowCount ?? 0;
    },

    async runs({ limit }) {
      return (await rows<RunRow>(`SELECT * FROM ${run} ORDER BY key DESC LIMIT $1`, [limit])).map(runOf);
    },
  };
}

function rowOf({ sessionId, version, attempts, reason, parked, failedAt }: SessionFailure): object {
  return { session_id: sessionId, version, attempts, reason, parked, failed_at: failedAt };
}
