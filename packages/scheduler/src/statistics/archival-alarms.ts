import type { Observable } from '@llm-memory-graph/resilience';
import { EventSource, type SchedulerEvents } from '../events.ts';
import type { SessionSource } from '../ports/session-source.ts';
import type { RunReport } from '../run/run-report.ts';
import { integer } from '../integer-option.ts';

/** What deserves a human's eye. */
export type AlarmEvents = {
  /** So many runs in a row found nothing to do after runs that did: a filter, a clock or a source may be wrong. */
  emptyWindow: { readonly runs: number; readonly lastBusyAt: Date };
  /** After each of so many runs in a row more sessions waited than after the one before. */
  growingBacklog: { readonly waiting: readonly number[]; readonly oldest: Date | undefined };
  /** Two clocks disagree, or one jumped. */
  clockJump: SchedulerEvents['clockSkew'];
  /** The source could not be asked how many sessions wait. */
  unreadable: { readonly error: unknown };
};

/** What {@link ArchivalAlarms} watches. */
export interface AlarmOptions {
  readonly source: Pick<SessionSource, 'due'>;
  /** Empty runs in a row that raise an alarm, 1 to 1000. @default 3 */
  readonly emptyRuns?: number;
  /** Growths in a row that raise an alarm, 1 to 1000. @default 3 */
  readonly growingRuns?: number;
  /** Waiting sessions that are counted at most after a run. @default 100000 */
  readonly countUpTo?: number;
}

/** What of a scheduler is listened to. */
interface Watched {
  on<Type extends 'runFinished' | 'clockSkew'>(type: Type, handler: (event: SchedulerEvents[Type]) => void): void;
}

const pageSize = 1000;

/**
 * Raises an alarm when archival silently does nothing, falls behind, or meets a clock that jumps. Each alarm is raised
 * once and again only after the trouble was over in between.
 *
 * @example
 * const alarms = new ArchivalAlarms({ source: graph });
 * alarms.watch(scheduler);
 * alarms.on('growingBacklog', ({ waiting }) => page(`${waiting.at(-1)} sessions wait`));
 */
export class ArchivalAlarms {
  readonly #options: Required<AlarmOptions>;
  readonly #events = new EventSource<AlarmEvents>();
  #empty = 0;
  #lastBusyAt: Date | undefined;
  #waiting: number[] = [];
  #looking: Promise<void> = Promise.resolve();

  /** @throws {SchedulerError} `invalid_config`, naming option and value */
  constructor({ source, emptyRuns = 3, growingRuns = 3, countUpTo = 100_000 }: AlarmOptions) {
    this.#options = {
      source,
      emptyRuns: integer('emptyRuns', emptyRuns, 1, 1000),
      growingRuns: integer('growingRuns', growingRuns, 1, 1000),
      countUpTo: integer('countUpTo', countUpTo, 1, Number.MAX_SAFE_INTEGER),
    };
  }

  /** Listens to alarms; exceptions of listeners are dropped. */
  readonly on: Observable<AlarmEvents>['on'] = (type: keyof AlarmEvents | '*', handler: unknown): void => {
    this.#events.on(type, handler);
  };

  /** Stops listening. */
  readonly off: Observable<AlarmEvents>['off'] = (type: keyof AlarmEvents | '*', handler?: unknown): void => {
    this.#events.off(type, handler);
  };

  watch(scheduler: Watched): void {
    scheduler.on('clockSkew', (event) => this.#events.emit('clockJump', event));
    scheduler.on('runFinished', (report) => {
      this.#countEmpty(report);
      this.#looking = this.#looking
        .then(() => this.#countWaiting(report))
        .catch((error: unknown) => this.#events.emit('unreadable', { error }));
    });
  }

  /** Resolves when what was heard so far is looked into. */
  settled(): Promise<void> {
    return this.#looking;
  }

  #countEmpty({ outcome, runs, stats }: RunReport): void {
    // A run that was stopped or met an outage says nothing about what there is to do.
    if (outcome !== 'completed') return;
    if (stats.totalProcessed > 0) {
      this.#empty = 0;
      this.#lastBusyAt = runs.at(-1)?.startedAt;
      return;
    }
    this.#empty += 1;
    if (this.#lastBusyAt && this.#empty === this.#options.emptyRuns)
      this.#events.emit('emptyWindow', { runs: this.#empty, lastBusyAt: this.#lastBusyAt });
  }

  async #countWaiting({ runs }: RunReport): Promise<void> {
    const cutoff = runs.at(-1)?.cutoff;
    if (!cutoff) return;
    const { source, countUpTo, growingRuns } = this.#options;
    let count = 0;
    let oldest: Date | undefined;
    for (let after; count < countUpTo;) {
      const page = await source.due(cutoff, { after, limit: pageSize });
      oldest ??= page[0]?.updatedAt;
      count += page.length;
      after = page.at(-1);
      if (page.length < pageSize) break;
    }
    const before = this.#waiting.at(-1);
    if (before !== undefined && count <= before) this.#waiting = [];
    this.#waiting.push(count);
    if (this.#waiting.length === growingRuns + 1)
      this.#events.emit('growingBacklog', { waiting: [...this.#waiting], oldest });
    if (this.#waiting.length > growingRuns + 1) this.#waiting.shift();
  }
}
