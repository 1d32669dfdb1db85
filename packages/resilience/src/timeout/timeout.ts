import type { Clock } from '../clock.ts';
import { StagedPolicy } from '../core/staged-policy.ts';
import { type Stage, stageOf } from '../core/stage.ts';
import type { TimeoutError } from '../errors/timeout-error.ts';
import { between, oneOf } from '../options.ts';
import type { Policy } from '../policy.ts';
import { systemClock } from '../system-clock.ts';
import { TimerQueue } from './timer-queue.ts';
import { TimeoutStage } from './timeout-stage.ts';

/**
 * - `aggressive`: the call rejects the moment the time is over or the caller aborts, whatever the operation does.
 * - `cooperative`: the signal aborts, and the call settles when the operation has noticed.
 */
export type TimeoutStrategy = 'aggressive' | 'cooperative';

/** Options of {@link timeout}. */
export interface TimeoutOptions {
  /** The time the operation may take, in milliseconds; more than 0. */
  readonly ms: number;
  /** @default 'aggressive' */
  readonly strategy?: TimeoutStrategy;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** Events of a timeout policy. */
export type TimeoutEvents = {
  /** The time was over. Not emitted when the caller aborts. */
  timeout: { readonly timeoutMs: number; readonly key: string | undefined; readonly error: TimeoutError };
};

/** A policy made by {@link timeout}. */
export interface TimeoutPolicy extends Policy {
  readonly ms: number;
}

export class Timeout extends StagedPolicy<TimeoutEvents> implements TimeoutPolicy {
  readonly ms: number;
  readonly isAggressive: boolean;
  readonly timers: TimerQueue;

  constructor(options: TimeoutOptions) {
    super(options.clock ?? systemClock);
    this.ms = between('ms', options.ms, Number.MIN_VALUE);
    this.timers = new TimerQueue(this.clock, this.ms);
    this.isAggressive =
      oneOf('strategy', options.strategy ?? 'aggressive', ['aggressive', 'cooperative']) === 'aggressive';
  }

  [stageOf](next: Stage): Stage {
    return new TimeoutStage(this, next);
  }
}

/**
 * Limits the time of what it is put around. The signal the operation sees aborts with a `TimeoutError`.
 *
 * @param options milliseconds, or all options.
 * @throws InvalidOptionError if `ms` is not a number above 0.
 * @example
 * ```ts
 * await timeout(2_000).execute(({ signal }) => fetch('https://example.com', { signal }));
 * ```
 */
export function timeout(options: number | TimeoutOptions): Timeout {
  return new Timeout(typeof options === 'number' ? { ms: options } : options);
}
