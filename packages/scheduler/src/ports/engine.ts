import type { FoundArchived, SessionOutcome } from '../run/session-outcome.ts';
import type { Awaitable, Cancellable } from './call.ts';

/** A part of a run, small enough to travel: whichever process takes it archives these sessions. */
export interface BatchJob {
  readonly runId: string;
  readonly sessionIds: readonly string[];
  /** Sessions touched after it are left alone. */
  readonly cutoff: Date;
}

/** What became of a batch. Plain data: it travels as JSON. */
export interface BatchResult {
  /** One outcome per session that got one. */
  readonly outcomes: readonly (SessionOutcome | FoundArchived)[];
  /** Set when a service could not be asked: which, and why. Sessions without an outcome are not to blame. */
  readonly outage?: string | undefined;
}

/** What an engine sets going. */
export interface EngineWork {
  /** Does one run. An engine calls it once at a time per process. Never rejects. */
  run(signal?: AbortSignal): Promise<void>;
  /** Archives one batch of a run that this or another process leads. */
  batch(job: BatchJob, signal: AbortSignal): Promise<BatchResult>;
  /** Lets the next run try these sessions again. */
  release(sessionIds: readonly string[]): Promise<void>;
  /** How long leases of sessions and runs last, in milliseconds. */
  readonly leaseMs: number;
  /** The latest run that the journal knows. */
  readonly lastRun: { readonly startedAt: Date; readonly finished: boolean } | undefined;
}

/**
 * What decides when runs happen, and in which processes their batches are done: the clock of one process
 * (`inProcess`), or a queue that a fleet shares (`pgBossEngine`).
 */
export interface Engine {
  /** Begins to call `work`; resolves once the engine is ready. */
  start(work: EngineWork): Awaitable<void>;

  /** Starts nothing any more; resolves once what this process had begun has ended. Ending that sooner is the caller's. */
  stop(): Awaitable<void>;

  /** Lets no run start in this process until {@link Engine.resume}; batches of runs that others lead go on. */
  pause(): Awaitable<void>;

  /** Ends a pause. What was triggered meanwhile runs now. */
  resume(): Awaitable<void>;

  /** Asks for a run as soon as possible; one under way is an overlap like any other. */
  trigger(): Awaitable<void>;

  /**
   * Gives a batch to whichever process is free and resolves with what became of it. Rejects when the engine gave the
   * batch up. Absent where a process does its own work.
   */
  readonly share?: (job: BatchJob, options: Cancellable) => Promise<BatchResult>;

  /** How many batches of a run may be given away at a time. @default 1 */
  readonly batchesAhead?: number;
}
