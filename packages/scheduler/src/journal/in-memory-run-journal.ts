import { systemClock, type Clock } from '@llm-memory-graph/resilience';
import type {
  Checkpoint,
  JournalRun,
  OpenRun,
  RunCounts,
  RunJournal,
  RunOutcome,
  SessionFailure,
} from '../ports/run-journal.ts';
import { runLost } from './run-lost.ts';

interface Entry {
  run: JournalRun;
  leasedUntil: number;
  readonly unsettled: Set<string>;
}

const runsKept = 100;

/** A journal that ends with the process. Enough where a run that died may simply begin anew. */
export class InMemoryRunJournal implements RunJournal {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #entries: Entry[] = [];
  readonly #failures = new Map<string, SessionFailure>();

  /** @param clock leases of runs are measured on its monotonic side */
  constructor(clock: Pick<Clock, 'monotonic'> = systemClock) {
    this.#clock = clock;
  }

  open(options: {
    readonly owner: string;
    readonly runId: string;
    readonly startedAt: Date;
    readonly cutoff: Date;
    readonly ttlMs: number;
  }): OpenRun {
    const { owner, runId, startedAt, cutoff, ttlMs } = options;
    const now = this.#clock.monotonic();
    const left = this.#entries.find(
      ({ run, leasedUntil }) => run.finishedAt === undefined && (run.owner === owner || leasedUntil <= now),
    );
    if (left !== undefined) {
      left.run = { ...left.run, owner, epoch: left.run.epoch + 1 };
      left.leasedUntil = now + ttlMs;
      return { run: left.run, resumed: true, unsettled: [...left.unsettled] };
    }
    const run: JournalRun = {
      runId,
      owner,
      epoch: 1,
      startedAt,
      cutoff,
      cursor: undefined,
      counts: { archived: 0, failed: 0, skipped: 0 },
      finishedAt: undefined,
      outcome: undefined,
    };
    this.#entries.push({ run, leasedUntil: now + ttlMs, unsettled: new Set() });
    if (this.#entries.length > runsKept) {
      const oldest = this.#entries.findIndex((entry) => entry.run.finishedAt !== undefined);
      if (oldest !== -1) this.#entries.splice(oldest, 1);
    }
    return { run, resumed: false, unsettled: [] };
  }

  begin(run: JournalRun, sessionIds: readonly string[], { ttlMs }: { readonly ttlMs: number }): void {
    const entry = this.#held(run);
    for (const id of sessionIds) entry.unsettled.add(id);
    entry.leasedUntil = this.#clock.monotonic() + ttlMs;
  }

  checkpoint(run: JournalRun, checkpoint: Checkpoint, { ttlMs }: { readonly ttlMs: number }): JournalRun {
    const entry = this.#held(run);
    for (const { sessionId } of checkpoint.results) entry.unsettled.delete(sessionId);
    for (const failure of checkpoint.failures) this.#failures.set(failure.sessionId, failure);
    for (const id of checkpoint.cleared) this.#failures.delete(id);
    entry.leasedUntil = this.#clock.monotonic() + ttlMs;
    entry.run = {
      ...entry.run,
      cursor: checkpoint.cursor ?? entry.run.cursor,
      counts: withResults(entry.run.counts, checkpoint),
    };
    return entry.run;
  }

  close(run: JournalRun, { outcome, at }: { readonly outcome: RunOutcome; readonly at: Date }): JournalRun {
    const entry = this.#held(run);
    entry.run = { ...entry.run, outcome, finishedAt: outcome === 'completed' ? at : undefined };
    entry.leasedUntil = this.#clock.monotonic();
    return entry.run;
  }

  failuresOf(sessionIds: readonly string[]): SessionFailure[] {
    return sessionIds.flatMap((id) => this.#failures.get(id) ?? []);
  }

  parked({ after = '', limit }: { readonly after?: string | undefined; readonly limit: number }): SessionFailure[] {
    return [...this.#failures.values()]
      .filter(({ parked, sessionId }) => parked && sessionId > after)
      .sort((a, b) => (a.sessionId < b.sessionId ? -1 : 1))
      .slice(0, limit);
  }

  unpark(sessionIds: readonly string[]): number {
    return sessionIds.filter((id) => this.#failures.get(id)?.parked === true && this.#failures.delete(id)).length;
  }

  runs({ limit }: { readonly limit: number }): JournalRun[] {
    return this.#entries
      .map(({ run }) => run)
      .reverse()
      .slice(0, limit);
  }

  #held({ runId, epoch }: JournalRun): Entry {
    const entry = this.#entries.find(({ run }) => run.runId === runId && run.epoch === epoch);
    if (entry === undefined) throw runLost(runId);
    return entry;
  }
}

/** Counts after a checkpoint. */
export function withResults(counts: RunCounts, { results }: Checkpoint): RunCounts {
  const next = { ...counts };
  for (const { result } of results) next[result] += 1;
  return next;
}
