import { systemClock, type Clock } from '@llm-memory-graph/resilience';
import type { Engine, EngineWork } from '../ports/engine.ts';
import { SchedulerError } from '../scheduler-error.ts';
import type { Missed, Overlap } from './overlap.ts';
import { cronTimetable, type Timetable } from './timetable.ts';

const hourMs = 3_600_000;
/** How far off the next look at the wall clock is at most: it may jump, and a machine may sleep. */
const lookMs = 60_000;

/** Options of {@link inProcess}; one of `everyHours` and `cron` is required. */
export interface InProcessOptions {
  /** Hours from the start of one run to the start of the next, above 0 up to 8760, on the monotonic clock. */
  readonly everyHours?: number;
  /** A cron pattern: five fields, or six with seconds first. */
  readonly cron?: string;
  /** IANA time zone of `cron`. @default 'UTC' */
  readonly timeZone?: string;
  /** Each scheduled run starts a random time up to this later, in milliseconds. @default 0 */
  readonly jitterMs?: number;
  /** @default 'skip' */
  readonly overlap?: Overlap;
  /**
   * With `once`, a run that fell due before `start()` (by the journal), in a pause or while the machine slept is made
   * up for. An unfinished run is always taken up at the start.
   * @default 'once'
   */
  readonly missed?: Missed;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** Uniform in [0, 1); spreads the jitter. @default Math.random */
  readonly random?: () => number;
}

function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new SchedulerError('invalid_config', `\`${name}\` must be one of ${allowed.join(', ')}, got ${value}`);
}

function between(name: string, value: number, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  throw new SchedulerError('invalid_config', `\`${name}\` must be a number between ${min} and ${max}, got ${value}`);
}

/**
 * Runs by the clock of this process, which it keeps alive while started.
 *
 * @example
 * ```ts
 * const engine = inProcess({ cron: '0 3 * * *', timeZone: 'Europe/Berlin', jitterMs: 600_000 });
 * ```
 * @throws {SchedulerError} `invalid_config`, naming option and value
 */
export function inProcess(options: InProcessOptions): Engine {
  return new InProcessEngine(options);
}

class InProcessEngine implements Engine {
  readonly #timetable: Timetable | undefined;
  readonly #everyMs: number;
  readonly #jitterMs: number;
  readonly #overlap: Overlap;
  readonly #missed: Missed;
  readonly #clock: Clock;
  readonly #random: () => number;
  #work: EngineWork | undefined;
  #cancelTimer: () => void = () => undefined;
  #cancelJitter: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #paused = false;
  /** A run that fell due in a pause. */
  #owed = false;
  /** The latest due time that was acted upon. */
  #lastDue = -Infinity;

  constructor(options: InProcessOptions) {
    const { everyHours, cron, timeZone = 'UTC', jitterMs = 0, overlap = 'skip', missed = 'once' } = options;
    if ((everyHours === undefined) === (cron === undefined)) {
      throw new SchedulerError('invalid_config', 'one of `everyHours` and `cron` must be given, and not both');
    }
    this.#everyMs = everyHours === undefined ? 0 : between('everyHours', everyHours, 1 / 3600, 8760) * hourMs;
    this.#timetable = cron === undefined ? undefined : cronTimetable(cron, timeZone);
    this.#jitterMs = between('jitterMs', jitterMs, 0, 86_400_000);
    this.#overlap = oneOf('overlap', overlap, ['skip', 'buffer-one']);
    this.#missed = oneOf('missed', missed, ['skip', 'once']);
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
  }

  start(work: EngineWork): void {
    if (this.#work !== undefined) return;
    this.#work = work;
    const { lastRun } = work;
    const leftBehind = lastRun !== undefined && !lastRun.finished;
    if (this.#timetable === undefined) this.#startInterval(leftBehind);
    else this.#startTimetable(this.#timetable, leftBehind);
  }

  async stop(): Promise<void> {
    this.#work = undefined;
    this.#cancelTimer();
    this.#cancelJitter?.();
    this.#cancelJitter = undefined;
    this.#again = this.#owed = this.#paused = false;
    await this.#running;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (!this.#owed) return;
    this.#owed = false;
    this.#begin();
  }

  trigger(): void {
    if (this.#work === undefined) return;
    if (this.#paused) this.#owed = true;
    else this.#begin();
  }

  #startInterval(leftBehind: boolean): void {
    const { lastRun } = this.#work as EngineWork;
    const since = lastRun === undefined ? Infinity : this.#clock.now() - lastRun.startedAt.getTime();
    const remaining = Math.min(Math.max(this.#everyMs - since, 0), this.#everyMs);
    const overdue = remaining === 0 && this.#missed === 'once';
    this.#inAMoment(leftBehind || overdue ? 0 : remaining === 0 ? this.#everyMs : remaining);
  }

  /** Arms the interval; one that is over at once needs no timer. */
  #inAMoment(ms: number): void {
    if (ms > 0) {
      this.#cancelTimer = this.#clock.setTimer(ms, () => this.#inAMoment(0));
      return;
    }
    this.#cancelTimer = this.#clock.setTimer(this.#everyMs, () => this.#inAMoment(0));
    this.#due(0);
  }

  #startTimetable(timetable: Timetable, leftBehind: boolean): void {
    const now = this.#clock.now();
    const { lastRun } = this.#work as EngineWork;
    const due = lastRun === undefined ? undefined : timetable.next(lastRun.startedAt.getTime());
    this.#look(timetable, timetable.next(now));
    if (leftBehind) this.#begin();
    else if (due !== undefined && due <= now && this.#missed === 'once') this.#begin();
  }

  /** Waits for `next`, looking at the wall clock in between. */
  #look(timetable: Timetable, next: number | undefined): void {
    if (next === undefined) return;
    const wait = Math.min(Math.max(next - this.#clock.now(), 0), lookMs);
    this.#cancelTimer = this.#clock.setTimer(wait, () => {
      const now = this.#clock.now();
      if (now >= next) {
        this.#lastDue = next;
        this.#due(now - next);
      }
      // From `now`, not from `next`: a clock that was set back must not wait for the time that it comes from. What was
      // acted upon within the last look is not due again, as when the clock is corrected by a few milliseconds.
      const from = now < this.#lastDue && this.#lastDue - now < lookMs ? this.#lastDue : now;
      this.#look(timetable, timetable.next(from));
    });
  }

  #due(lateMs: number): void {
    const late = lateMs > lookMs;
    if (late && this.#missed === 'skip') return;
    if (this.#paused) {
      this.#owed ||= this.#missed === 'once';
      return;
    }
    if (this.#jitterMs === 0) {
      this.#begin();
      return;
    }
    this.#cancelJitter ??= this.#clock.setTimer(this.#random() * this.#jitterMs, () => {
      this.#cancelJitter = undefined;
      if (this.#paused) this.#owed = true;
      else this.#begin();
    });
  }

  #begin(): void {
    const work = this.#work;
    if (work === undefined) return;
    if (this.#running !== undefined) {
      this.#again ||= this.#overlap === 'buffer-one';
      return;
    }
    this.#running = work.run().finally(() => {
      this.#running = undefined;
      const again = this.#again;
      this.#again = false;
      if (!again) return;
      if (this.#paused) this.#owed = true;
      else this.#begin();
    });
  }
}
