import type { ComplianceLevel, RetentionPolicy } from '@llm-memory-graph/contracts';
import type { Observable } from '@llm-memory-graph/resilience';
import { ArchivalStats } from './archival-stats.ts';
import { compliancePolicy, type CompliancePolicyOptions } from './compliance-policy.ts';
import { EventSource, type SchedulerEvents } from './events.ts';
import type { BatchJob, BatchResult, Engine } from './ports/engine.ts';
import type { JournalRun, RunOutcome, SessionFailure } from './ports/run-journal.ts';
import { archiveBatch } from './run/archive-batch.ts';
import { scheduledShape, taggedShape, type ArchiveShape } from './run/archive-shape.ts';
import { ArchivalRun, type RunOptions } from './run/archival-run.ts';
import { ByteBudget } from './run/byte-budget.ts';
import { DueClock } from './run/due-clock.ts';
import { pace } from './run/pace.ts';
import { Prune, type PruneCounts } from './run/prune.ts';
import type { RunReport } from './run/run-report.ts';
import { isOutage, ServiceGuard } from './run/service-guard.ts';
import type { SessionOutcome } from './run/session-outcome.ts';
import type { Guards, WorkContext } from './run/work-context.ts';
import { partsOf, type SchedulerOptions, type SchedulerParts } from './scheduler-options.ts';
import { reasonOf, SchedulerError } from './scheduler-error.ts';
import { Underway } from './run/underway.ts';

const dayMs = 86_400_000;
const manualRetentionDays = 365;
/** What a batch by hand did; one outcome per id, in order. */
export interface BatchReport {
  readonly outcomes: readonly SessionOutcome[];
  readonly stats: ArchivalStats;
}

/**
 * Archives sessions that nobody touched for `archiveAfterDays` - by itself every `intervalHours`, or when told to.
 * It may be killed at any point: every session ends up archived exactly once.
 *
 * @example
 * ```ts
 * await using scheduler = new ArchivalScheduler({ source: graph, vault, config: { archiveAfterDays: 30 } });
 * scheduler.on('sessionParked', ({ sessionId, reason }) => log.warn({ sessionId }, reason));
 * const { stats } = await scheduler.runOnce();
 * ```
 */
export class ArchivalScheduler implements AsyncDisposable {
  readonly #parts: SchedulerParts;
  readonly #context: WorkContext;
  readonly #events = new EventSource();
  readonly #dueClock: DueClock;
  readonly #totals = { archived: 0, failed: 0, skipped: 0 };
  readonly #engine: Engine;
  readonly #underway = new Underway();
  #totalMs = 0;
  #running = false;
  #started = false;

  /** @throws {SchedulerError} `invalid_config`, naming option and value */
  constructor(options: SchedulerOptions) {
    const parts = partsOf(options);
    this.#parts = parts;
    const { settings, clock } = parts;
    this.#context = {
      ...parts,
      inHand: new Set(),
      budget: new ByteBudget(settings.maxBytesInFlight),
      pace: pace(settings.sessionsPerSecond, clock),
    };
    this.#engine = parts.engine;
    this.#dueClock = new DueClock(parts.clock, parts.vault, parts.settings.maxClockSkewMs, this.#events);
  }

  /** Listens to events; exceptions of listeners are dropped. */
  readonly on: Observable<SchedulerEvents>['on'] = (type: keyof SchedulerEvents | '*', handler: unknown): void => {
    this.#events.on(type, handler);
  };

  /** Stops listening. */
  readonly off: Observable<SchedulerEvents>['off'] = (type: keyof SchedulerEvents | '*', handler?: unknown): void => {
    this.#events.off(type, handler);
  };

  /**
   * Archives everything that is due, after finishing a run that an earlier process left behind.
   *
   * @param options.signal ends the work where it stands; {@link stop} ends it more gently
   * @throws {SchedulerError} `already_running`; `run_lost`; `unavailable` when the vault has a clock and does not tell
   *   the time; also what the source, the journal or the signal threw
   */
  async runOnce(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<RunReport> {
    if (this.#running) throw new SchedulerError('already_running', 'A run of this scheduler is under way');
    this.#running = true;
    try {
      return await this.#underway.add(options.signal, (drain, kill) => this.#runs(drain, kill));
    } finally {
      this.#running = false;
    }
  }

  /**
   * Lets the engine start runs: by default one now (unless the journal knows of a recent one) and then every
   * `intervalHours`, counted from start to start; keeps the process alive. Does nothing when started already, or when
   * `enabled` is false.
   *
   * @throws what the journal or the engine threw
   */
  async start(): Promise<void> {
    if (!this.#parts.settings.enabled || this.#started) return;
    this.#started = true;
    try {
      const [last] = await this.#parts.journal.runs({ limit: 1 });
      await this.#engine.start({
        run: (signal) => this.#runOfEngine(signal),
        batch: (job, signal) => this.#batchOfEngine(job, signal),
        release: async (ids) => {
          await this.unpark(ids);
        },
        leaseMs: this.#parts.settings.leaseMs,
        lastRun: last && { startedAt: last.startedAt, finished: last.finishedAt !== undefined },
      });
    } catch (error) {
      this.#started = false;
      throw error;
    }
  }

  /** Lets no run start by itself until {@link resume}. One under way goes on. */
  async pause(): Promise<void> {
    await this.#engine.pause();
  }

  /** Ends a pause. */
  async resume(): Promise<void> {
    await this.#engine.resume();
  }

  /** Asks the engine for a run as soon as possible, wherever that is. Needs {@link start}. */
  async trigger(): Promise<void> {
    await this.#engine.trigger();
  }

  /**
   * Starts no more runs and lets what is under way finish the batch that it is in. After `graceMs`, or when called
   * again, it ends where it stands: leases are given back and the next run takes over from the journal.
   *
   * @param options.graceMs milliseconds to wait @default 30000
   */
  async stop(options: { readonly graceMs?: number } = {}): Promise<void> {
    const engine = this.#started ? Promise.resolve(this.#engine.stop()) : Promise.resolve();
    this.#started = false;
    await this.#underway.stop(options.graceMs ?? 30_000, this.#parts.clock, engine);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Archives one session now, whatever its age, for 365 days under the tag `manual`. Its failure is an outcome.
   *
   * @throws {SchedulerError} `unavailable` when a service could not be asked
   */
  async archiveSessionNow(id: string, options: { readonly signal?: AbortSignal } = {}): Promise<SessionOutcome> {
    const shape = taggedShape('manual', manualRetentionDays);
    const { outcomes } = await this.#archiveByHand([id], shape, options.signal);
    return outcomes[0] as SessionOutcome;
  }

  /**
   * Archives these sessions now, whatever their age, under the tag `batch`. Each is tried once; failures are outcomes.
   *
   * @throws {SchedulerError} `unavailable` when a service could not be asked; what was archived before stays archived
   */
  batchArchiveSessions(ids: readonly string[], options: { readonly signal?: AbortSignal } = {}): Promise<BatchReport> {
    return this.#archiveByHand(ids, taggedShape('batch', this.#parts.settings.retentionDays), options.signal);
  }

  /** Creates the retention policy of a compliance level in the vault. */
  async createCompliancePolicy(
    level: ComplianceLevel,
    options: CompliancePolicyOptions & { readonly signal?: AbortSignal } = {},
  ): Promise<RetentionPolicy> {
    const policy = compliancePolicy(level, new Date(this.#parts.clock.now()), options);
    return this.#parts.vault.createRetentionPolicy(policy, { signal: options.signal });
  }

  /** Everything that this scheduler did since it was made. */
  statistics(): ArchivalStats {
    return new ArchivalStats(this.#totals, this.#totalMs);
  }

  /** The latest runs in the journal, newest first. */
  async runs(limit = 20): Promise<readonly JournalRun[]> {
    return this.#parts.journal.runs({ limit });
  }

  /** Sessions that were given up, with their reasons, by id. */
  async parked(options: { readonly after?: string; readonly limit?: number } = {}): Promise<readonly SessionFailure[]> {
    return this.#parts.journal.parked({ after: options.after, limit: options.limit ?? 100 });
  }

  /** Lets the next run try these sessions again. @returns how many were parked */
  async unpark(ids: readonly string[]): Promise<number> {
    return this.#parts.journal.unpark(ids, {});
  }

  async #runOfEngine(signal: AbortSignal | undefined): Promise<void> {
    if (this.#running) return;
    try {
      await this.runOnce({ signal });
    } catch (error) {
      this.#events.emit('runFailed', { error });
    }
  }

  /** A batch of a run that is led elsewhere. Its results are counted there. */
  async #batchOfEngine({ runId, sessionIds, cutoff }: BatchJob, signal: AbortSignal): Promise<BatchResult> {
    const shape = scheduledShape(this.#parts.settings.retentionDays);
    return this.#underway.add(signal, async (_drain, kill) => {
      const options = { guards: this.#guards(), shape, signal: kill, cutoff, runId };
      const outcomes: BatchResult['outcomes'][number][] = [];
      try {
        for await (const group of archiveBatch(this.#context, sessionIds, options)) outcomes.push(...group);
        return { outcomes };
      } catch (error) {
        if (!isOutage(error)) throw error;
        return { outcomes, outage: reasonOf(error) };
      }
    });
  }

  async #runs(drain: AbortSignal, signal: AbortSignal): Promise<RunReport> {
    const { clock, settings, journal, owner } = this.#parts;
    const began = clock.monotonic();
    const runs: JournalRun[] = [];
    const counts = { archived: 0, failed: 0, skipped: 0 };
    const pruned: PruneCounts = { pruned: 0, refused: 0 };
    const count = (result: keyof typeof counts): void => {
      counts[result] += 1;
      this.#totals[result] += 1;
    };
    const now = await this.#dueClock.now(signal);
    const cutoff = new Date(now - settings.archiveAfterDays * dayMs);
    let ended: { outcome: RunOutcome; error?: unknown } = { outcome: 'completed' };
    try {
      for (let resumed = true; resumed && ended.outcome === 'completed';) {
        const begin = { owner, runId: crypto.randomUUID(), startedAt: new Date(clock.now()), cutoff };
        const open = await journal.open({ ...begin, ttlMs: settings.leaseMs, signal });
        resumed = open.resumed;
        this.#events.emit('runStarted', { runId: open.run.runId, cutoff: open.run.cutoff, resumed });
        const run = new ArchivalRun(this.#context, open, {
          // A run that was begun under a clock that ran ahead must not go on archiving early.
          cutoff: open.run.cutoff < cutoff ? open.run.cutoff : cutoff,
          journal,
          events: this.#events,
          guards: this.#guards(),
          shape: scheduledShape(settings.retentionDays),
          signal,
          drain,
          onResult: count,
          ...this.#sharing(),
        });
        ended = await this.#work(run, signal);
        runs.push(await this.#close(run.journalRun, ended.outcome));
      }
      if (ended.outcome === 'completed') ended = await this.#prune(pruned, drain, signal);
    } finally {
      this.#totalMs += clock.monotonic() - began;
    }
    const report: RunReport = { ...ended, runs, pruned, stats: new ArchivalStats(counts, clock.monotonic() - began) };
    this.#events.emit('runFinished', report);
    return report;
  }

  async #work(run: ArchivalRun, signal: AbortSignal): Promise<{ outcome: RunOutcome; error?: unknown }> {
    try {
      return { outcome: (await run.work()) ? 'completed' : 'stopped' };
    } catch (error) {
      if (isOutage(error)) return { outcome: 'unavailable', error };
      if (this.#underway.isStop(signal.reason)) return { outcome: 'stopped' };
      await this.#close(run.journalRun, 'stopped').catch(() => undefined);
      throw error;
    }
  }

  /** Without pruning in the configuration nothing is removed. */
  async #prune(
    counts: PruneCounts,
    drain: AbortSignal,
    signal: AbortSignal,
  ): Promise<{ outcome: RunOutcome; error?: unknown }> {
    const { pruneAfterDays } = this.#parts.settings;
    if (pruneAfterDays === undefined) return { outcome: 'completed' };
    try {
      const cutoff = new Date((await this.#dueClock.now(signal)) - pruneAfterDays * dayMs);
      const options = { cutoff, counts, events: this.#events, guards: this.#guards(), drain, signal };
      return { outcome: (await new Prune(this.#context, options).work()) ? 'completed' : 'stopped' };
    } catch (error) {
      if (isOutage(error)) return { outcome: 'unavailable', error };
      if (this.#underway.isStop(signal.reason)) return { outcome: 'stopped' };
      throw error;
    }
  }

  #sharing(): Pick<RunOptions, 'share' | 'batchesAtOnce'> {
    const { batchesAtOnce } = this.#parts.settings;
    const { share, batchesAhead = 1 } = this.#engine;
    if (!this.#started || share === undefined) return { batchesAtOnce };
    return { batchesAtOnce: batchesAhead, share: (job, options) => share.call(this.#engine, job, options) };
  }

  async #close(run: JournalRun, outcome: RunOutcome): Promise<JournalRun> {
    const { journal, source, clock } = this.#parts;
    const closed = await journal.close(run, { outcome, at: new Date(clock.now()) }, {});
    if (outcome !== 'completed') {
      const [oldest] = await source.due(run.cutoff, { limit: 1 });
      this.#events.emit('backlog', { runId: run.runId, oldest: oldest?.updatedAt });
    }
    return closed;
  }

  async #archiveByHand(ids: readonly string[], shape: ArchiveShape, signal?: AbortSignal): Promise<BatchReport> {
    const { clock, settings, journal } = this.#parts;
    const began = clock.monotonic();
    const unique = [...new Set(ids)];
    const outcomes = new Map<string, SessionOutcome>();
    const guards = this.#guards();
    const options = { guards, shape, signal: signal ?? new AbortController().signal };
    for (let i = 0; i < unique.length; i += settings.batchSize) {
      for await (const group of archiveBatch(this.#context, unique.slice(i, i + settings.batchSize), options)) {
        for (const outcome of group) if (outcome.result !== 'found') outcomes.set(outcome.sessionId, outcome);
      }
    }
    const counts = { archived: 0, failed: 0, skipped: 0 };
    for (const { result } of outcomes.values()) {
      counts[result] += 1;
      this.#totals[result] += 1;
    }
    const archived = [...outcomes.values()].filter(({ result }) => result === 'archived');
    await journal.unpark(
      archived.map(({ sessionId }) => sessionId),
      {},
    );
    const durationMs = clock.monotonic() - began;
    this.#totalMs += durationMs;
    return {
      outcomes: unique.map((id) => outcomes.get(id) as SessionOutcome),
      stats: new ArchivalStats(counts, durationMs),
    };
  }

  #guards(): Guards {
    const { outageAfter } = this.#parts.settings;
    return {
      source: new ServiceGuard('source', outageAfter),
      vault: new ServiceGuard('vault', outageAfter),
      registry: new ServiceGuard('registry', outageAfter),
    };
  }
}
