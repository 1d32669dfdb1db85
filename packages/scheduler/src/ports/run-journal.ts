import type { Awaitable, Cancellable } from './call.ts';
import type { DueCursor } from './session-source.ts';

/** Counts of a run. `archived + failed + skipped` sessions were processed. */
export interface RunCounts {
  readonly archived: number;
  readonly failed: number;
  readonly skipped: number;
}

/** How a run ended: `completed`; `stopped` by a caller; `unavailable` when the vault could not be asked. */
export type RunOutcome = 'completed' | 'stopped' | 'unavailable';

/** A run as the journal has it. */
export interface JournalRun {
  readonly runId: string;
  readonly owner: string;
  /** Grows each time the run is taken over; writes under an older epoch are refused. */
  readonly epoch: number;
  readonly startedAt: Date;
  /** Sessions last touched at or before it are due; fixed when the run begins, also over restarts. */
  readonly cutoff: Date;
  /** Everything up to here is finished. */
  readonly cursor: DueCursor | undefined;
  readonly counts: RunCounts;
  /** Set once the run is completed. */
  readonly finishedAt: Date | undefined;
  /** How the last process that worked on it left it. */
  readonly outcome: RunOutcome | undefined;
}

/** A run to work on. */
export interface OpenRun {
  readonly run: JournalRun;
  /** True when it was begun by an earlier process that died or stopped. */
  readonly resumed: boolean;
  /** Sessions that were begun and have no result yet. */
  readonly unsettled: readonly string[];
}

/** What became of one session in a run. */
export interface SessionResult {
  readonly sessionId: string;
  readonly result: 'archived' | 'failed' | 'skipped';
}

/** Why a session failed so far. Kept per version: an edited session starts anew. */
export interface SessionFailure {
  readonly sessionId: string;
  readonly version: number;
  /** Failed attempts, over all runs. */
  readonly attempts: number;
  /** The last error, at most 300 characters; never session content. */
  readonly reason: string;
  /** True when no run touches it any more until it is edited or released by {@link RunJournal.unpark}. */
  readonly parked: boolean;
  readonly failedAt: Date;
}

/** One durable step of a run. */
export interface Checkpoint {
  readonly results: readonly SessionResult[];
  /** The new cursor; it never moves back. */
  readonly cursor: DueCursor | undefined;
  readonly failures: readonly SessionFailure[];
  /** Sessions whose failures are over. */
  readonly cleared: readonly string[];
}

/** The memory of runs: what was begun, what became of it, and which sessions fail. */
export interface RunJournal {
  /**
   * Takes over the oldest unfinished run if it is the owner's or its lease has run out, else begins one.
   * Lease rules are those of `SessionSource.claim`.
   */
  open(
    options: Cancellable & {
      readonly owner: string;
      readonly runId: string;
      readonly startedAt: Date;
      readonly cutoff: Date;
      readonly ttlMs: number;
    },
  ): Awaitable<OpenRun>;

  /** Notes, before anything is sent, that these sessions are being worked on. Renews the run's lease. */
  begin(
    run: JournalRun,
    sessionIds: readonly string[],
    options: Cancellable & { readonly ttlMs: number },
  ): Awaitable<void>;

  /** Writes a checkpoint in one step and returns the run after it. Rejects with `run_lost` when another took it over. */
  checkpoint(
    run: JournalRun,
    checkpoint: Checkpoint,
    options: Cancellable & { readonly ttlMs: number },
  ): Awaitable<JournalRun>;

  /** Ends the run; with the outcome `stopped` or `unavailable` it is left for the next one to resume. */
  close(
    run: JournalRun,
    end: { readonly outcome: RunOutcome; readonly at: Date },
    options: Cancellable,
  ): Awaitable<JournalRun>;

  /** The failures of these sessions, for those that have any. */
  failuresOf(sessionIds: readonly string[], options: Cancellable): Awaitable<readonly SessionFailure[]>;

  /** Parked sessions by id, strictly behind `after`. */
  parked(
    options: Cancellable & { readonly after?: string | undefined; readonly limit: number },
  ): Awaitable<readonly SessionFailure[]>;

  /** Lets the next run try these sessions again from the first attempt; returns how many were parked. */
  unpark(sessionIds: readonly string[], options: Cancellable): Awaitable<number>;

  /** The latest runs, newest first. */
  runs(options: Cancellable & { readonly limit: number }): Awaitable<readonly JournalRun[]>;
}
