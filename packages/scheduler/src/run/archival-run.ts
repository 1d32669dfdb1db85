import type { EventSource } from '../events.ts';
import type { JournalRun, OpenRun, RunJournal, SessionFailure, SessionResult } from '../ports/run-journal.ts';
import type { BatchResult, Engine } from '../ports/engine.ts';
import type { DueCursor, SessionRef } from '../ports/session-source.ts';
import { reasonOf, SchedulerError } from '../scheduler-error.ts';
import { archiveBatch, refusedOutcome } from './archive-batch.ts';
import type { ArchiveShape } from './archive-shape.ts';
import { Lanes } from './lanes.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { Progress } from './progress.ts';
import { retryDelay } from './retry-delay.ts';
import type { FailedSession, FoundArchived, SessionOutcome } from './session-outcome.ts';
import type { Guards, WorkContext } from './work-context.ts';

/** What a run needs besides the context of all work. */
export interface RunOptions {
  /** Sessions last touched at or before it are due. */
  readonly cutoff: Date;
  readonly journal: RunJournal;
  readonly events: EventSource;
  readonly guards: Guards;
  readonly shape: ArchiveShape;
  /** Ends the work where it stands. */
  readonly signal: AbortSignal;
  /** Aborted once the run should begin nothing new. */
  readonly drain: AbortSignal;
  /** Told of every result, once per session. */
  readonly onResult: (result: SessionResult['result']) => void;
  /** Batches under way at a time. */
  readonly batchesAtOnce: number;
  /** Gives batches to other processes. @default done here */
  readonly share?: Engine['share'];
}

interface Retry {
  readonly sessionId: string;
  /** On the monotonic clock. */
  readonly at: number;
}

/** How many batches may be remembered behind a session that is still being retried. */
const batchesAhead = 8;
/** How often a run looks again at a session that another process has leased, one lease apart. */
const looksAtLeased = 2;

/** Walks through the due sessions of one run, retries those that fail, and writes down how far it got. */
export class ArchivalRun {
  readonly #context: WorkContext;
  readonly #options: RunOptions;
  readonly #unsettled: ReadonlySet<string>;
  /** Those of them that have their result; the walk comes by some again. */
  readonly #settled = new Set<string>();
  readonly #progress: Progress;
  readonly #retries = new Map<string, Retry>();
  readonly #failures = new Map<string, SessionFailure>();
  readonly #inFlight = new Set<string>();
  readonly #looks = new Map<string, number>();
  readonly #lanes: Lanes;
  #settling: Promise<void> = Promise.resolve();
  #run: JournalRun;

  constructor(context: WorkContext, open: OpenRun, options: RunOptions) {
    this.#context = context;
    this.#options = options;
    this.#run = open.run;
    this.#unsettled = new Set(open.unsettled);
    this.#progress = new Progress(open.run.cursor);
    this.#lanes = new Lanes(options.batchesAtOnce);
  }

  /** The run as the journal has it. */
  get journalRun(): JournalRun {
    return this.#run;
  }

  /** @returns whether everything due was gone through; `false` when it was told to drain before */
  async work(): Promise<boolean> {
    const { clock, settings } = this.#context;
    const { journal, signal } = this.#options;
    using _keeper = new LeaseKeeper(clock, settings.leaseMs, async () => {
      await journal.begin(this.#run, [], { ttlMs: settings.leaseMs, signal });
    });
    try {
      return (await this.#takeUp()) && (await this.#walk()) && (await this.#finishRetries());
    } finally {
      await this.#lanes.ended();
    }
  }

  /** Goes on with what an earlier process had in hand. */
  async #takeUp(): Promise<boolean> {
    const { batchSize } = this.#context.settings;
    const unsettled = [...this.#unsettled];
    for (let i = 0; i < unsettled.length; i += batchSize) {
      if (await this.#drained()) return false;
      const ids = unsettled.slice(i, i + batchSize);
      await this.#recall(ids);
      await this.#archive(ids);
    }
    // The walk comes by these sessions again, and must know what became of them.
    await this.#lanes.idle();
    return true;
  }

  async #walk(): Promise<boolean> {
    const { batchSize } = this.#context.settings;
    for (let after = this.#run.cursor; ;) {
      if (await this.#drained()) return false;
      await this.#retry(this.#retries.size >= batchSize || this.#progress.size >= batchSize * batchesAhead);
      const page = await this.#nextPage(after);
      after = page.at(-1);
      if (after === undefined) return true;
      const open = page.filter(({ id }) => !this.#settled.has(id));
      this.#progress.add(open);
      const untried = open.filter(({ id }) => !this.#retries.has(id) && !this.#inFlight.has(id));
      await this.#archive(await this.#skipParked(untried));
    }
  }

  async #finishRetries(): Promise<boolean> {
    for (;;) {
      await this.#lanes.idle();
      if (this.#retries.size === 0) return true;
      if (await this.#drained()) return false;
      await this.#retry(true);
    }
  }

  async #drained(): Promise<boolean> {
    if (!this.#options.drain.aborted) return false;
    await this.#context.failpoint('during-drain');
    await this.#lanes.idle();
    return true;
  }

  async #nextPage(after: DueCursor | undefined): Promise<readonly SessionRef[]> {
    const { source, settings } = this.#context;
    const { signal } = this.#options;
    signal.throwIfAborted();
    return source.due(this.#options.cutoff, { after, limit: settings.batchSize, runId: this.#run.runId, signal });
  }

  /** @returns the ids of a page that are to be tried */
  async #skipParked(refs: readonly SessionRef[]): Promise<readonly string[]> {
    const ids = refs.map(({ id }) => id);
    await this.#recall(ids);
    const isParked = ({ id, version }: SessionRef): boolean => {
      const failure = this.#failures.get(id);
      return failure !== undefined && failure.parked && failure.version === version;
    };
    const parked = new Set(refs.filter(isParked).map(({ id }) => id));
    if (parked.size > 0) {
      await this.#settle([...parked].map((sessionId) => ({ sessionId, result: 'skipped', reason: 'parked' })));
    }
    return ids.filter((id) => !parked.has(id));
  }

  /** Learns what failed in earlier runs. */
  async #recall(ids: readonly string[]): Promise<void> {
    const failures = await this.#options.journal.failuresOf(ids, { signal: this.#options.signal });
    for (const failure of failures) this.#failures.set(failure.sessionId, failure);
  }

  /** Tries again what is ready; `wait` sleeps until something is. */
  async #retry(wait: boolean): Promise<void> {
    const { clock, settings } = this.#context;
    const { signal, drain } = this.#options;
    if (this.#retries.size === 0) return;
    if (wait) {
      const first = Math.min(...[...this.#retries.values()].map(({ at }) => at));
      // Ends with the drain as well: there is no use in waiting for what will not be begun.
      await clock.sleep(Math.max(0, first - clock.monotonic()), drain).catch(() => undefined);
      signal.throwIfAborted();
      if (drain.aborted) return;
    }
    const now = clock.monotonic();
    const ready = [...this.#retries.values()].filter(({ at }) => at <= now).slice(0, settings.batchSize);
    for (const { sessionId } of ready) this.#retries.delete(sessionId);
    await this.#archive(ready.map(({ sessionId }) => sessionId));
  }

  /** Waits for a free lane, not for the batch. */
  async #archive(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    for (const id of ids) this.#inFlight.add(id);
    await this.#lanes.enter(async () => {
      try {
        await this.#work(ids);
      } finally {
        for (const id of ids) this.#inFlight.delete(id);
      }
    });
  }

  async #work(ids: readonly string[]): Promise<void> {
    const { settings } = this.#context;
    const { journal, guards, signal, shape, cutoff, share } = this.#options;
    await journal.begin(this.#run, ids, { ttlMs: settings.leaseMs, signal });
    const { runId } = this.#run;
    if (share === undefined) {
      const batch = archiveBatch(this.#context, ids, { guards, signal, shape, cutoff, runId });
      for await (const outcomes of batch) await this.#settle(outcomes);
    } else {
      await this.#share(ids, share);
    }
  }

  /** A batch that the engine gives up is halved until the session that brings its process down stands alone. */
  async #share(ids: readonly string[], share: NonNullable<Engine['share']>): Promise<void> {
    const { signal, cutoff } = this.#options;
    let result: BatchResult;
    try {
      const job = { runId: this.#run.runId, sessionIds: ids, cutoff };
      result = await share(job, { signal });
    } catch (error) {
      signal.throwIfAborted();
      if (ids.length === 1) {
        await this.#settle(await this.#givenUp(ids, error));
        return;
      }
      const half = Math.ceil(ids.length / 2);
      await this.#share(ids.slice(0, half), share);
      await this.#share(ids.slice(half), share);
      return;
    }
    await this.#settle(result.outcomes);
    if (result.outage !== undefined) throw new SchedulerError('unavailable', result.outage);
  }

  /** The failure of sessions whose batch the engine gave up. A claim tells the version that failed. */
  async #givenUp(ids: readonly string[], error: unknown): Promise<(SessionOutcome | FoundArchived)[]> {
    const { source, settings, owner } = this.#context;
    const { signal } = this.#options;
    const { runId } = this.#run;
    const { granted, refused } = await source.claim(ids, { owner, ttlMs: settings.leaseMs, runId, signal });
    await source.release(granted, { owner });
    return [
      ...granted.map(({ id, version }): SessionOutcome => {
        return { sessionId: id, result: 'failed', version, reason: reasonOf(error), retryable: true };
      }),
      ...refused.map((refusal) => refusedOutcome(refusal, runId)),
    ];
  }

  /** One group of outcomes after the other, whichever lanes they come from. */
  #settle(outcomes: readonly (SessionOutcome | FoundArchived)[]): Promise<void> {
    this.#settling = this.#settling.then(() => this.#settleNow(outcomes));
    return this.#settling;
  }

  async #settleNow(all: readonly (SessionOutcome | FoundArchived)[]): Promise<void> {
    const outcomes = all.filter((outcome) => !this.#looksAgain(outcome));
    const { settings, failpoint } = this.#context;
    const { journal, signal, onResult } = this.#options;
    if (outcomes.length === 0) return;
    const results: SessionResult[] = [];
    const failures: SessionFailure[] = [];
    const cleared: string[] = [];
    for (const outcome of outcomes) {
      const { sessionId } = outcome;
      if (outcome.result === 'failed') {
        const failure = this.#failed(outcome);
        failures.push(failure);
        if (!failure.parked) continue;
      } else if (this.#failures.delete(sessionId) && outcome.result !== 'skipped') {
        cleared.push(sessionId);
      }
      results.push({ sessionId, result: outcome.result === 'found' ? 'archived' : outcome.result });
      this.#progress.finish(sessionId);
      if (this.#unsettled.has(sessionId)) this.#settled.add(sessionId);
    }
    this.#run = await journal.checkpoint(
      this.#run,
      { results, failures, cleared, cursor: this.#progress.cursor },
      { ttlMs: settings.leaseMs, signal },
    );
    for (const { result } of results) onResult(result);
    for (const outcome of outcomes) this.#tell(outcome);
    for (const { parked, failedAt: _, ...failure } of failures) {
      this.#options.events.emit(parked ? 'sessionParked' : 'sessionFailed', failure);
    }
    await failpoint('after-checkpoint');
  }

  /**
   * Who holds a session that this run gave away, or that an earlier process of this run had in hand, is dead, or has
   * been paused and does that process's work still: it is looked at again once the lease is over.
   */
  #looksAgain(outcome: SessionOutcome | FoundArchived): boolean {
    const { sessionId } = outcome;
    if (outcome.result !== 'skipped' || outcome.reason !== 'leased') return false;
    const isResumed = this.#unsettled.has(sessionId) && !this.#settled.has(sessionId);
    if (this.#options.share === undefined && !isResumed) return false;
    const looks = this.#looks.get(sessionId) ?? 0;
    if (looks >= looksAtLeased) return false;
    this.#looks.set(sessionId, looks + 1);
    const { clock, settings } = this.#context;
    this.#retries.set(sessionId, { sessionId, at: clock.monotonic() + settings.leaseMs });
    return true;
  }

  #attempts({ sessionId, version }: FailedSession): number {
    const before = this.#failures.get(sessionId);
    return (before?.version === version ? before.attempts : 0) + 1;
  }

  /** Whether a failed attempt is the one after which the session is parked. */
  #isLast(outcome: FailedSession): boolean {
    return !outcome.retryable || this.#attempts(outcome) >= this.#context.settings.maxAttempts;
  }

  #failed(outcome: FailedSession): SessionFailure {
    const { settings, clock, random } = this.#context;
    const { sessionId, version, reason } = outcome;
    const attempts = this.#attempts(outcome);
    const parked = this.#isLast(outcome);
    const failure = { sessionId, version, attempts, reason, parked, failedAt: new Date(clock.now()) };
    if (parked) {
      this.#failures.delete(sessionId);
    } else {
      this.#failures.set(sessionId, failure);
      this.#retries.set(sessionId, { sessionId, at: clock.monotonic() + retryDelay(attempts, settings, random) });
    }
    return failure;
  }

  #tell(outcome: SessionOutcome | FoundArchived): void {
    const { events } = this.#options;
    const { sessionId } = outcome;
    if (outcome.result === 'archived') {
      const { result: _, ...archived } = outcome;
      events.emit('sessionArchived', archived);
    } else if (outcome.result === 'skipped') {
      events.emit('sessionSkipped', { sessionId, reason: outcome.reason });
    }
  }
}
