import type { Clock } from '../clock.ts';
import { StagedPolicy } from '../core/staged-policy.ts';
import { type Stage, stageOf } from '../core/stage.ts';
import type { RateLimitedError } from '../errors/rate-limited-error.ts';
import { between, integer, oneOf } from '../options.ts';
import { systemClock } from '../system-clock.ts';
import type { Rate } from './rate.ts';
import { RateGate } from './rate-gate.ts';
import { SlidingWindow } from './sliding-window.ts';
import { TokenBucket } from './token-bucket.ts';

/** Options of {@link rateLimiter}. */
export interface RateLimiterOptions {
  /** Calls per interval; an integer from 1. */
  readonly limit: number;
  /** Length of the interval in milliseconds, above 0. @default 1000 */
  readonly intervalMs?: number;
  /**
   * `sliding-window`: never more than `limit` in any stretch of `intervalMs`. `token-bucket`: evenly `limit` per
   * interval, with bursts.
   * @default 'sliding-window'
   */
  readonly algorithm?: 'sliding-window' | 'token-bucket';
  /** Token bucket only: calls that may come at once; an integer from 1. @default limit */
  readonly burst?: number;
  /** Calls that may wait for their turn; an integer from 0, or `Infinity`. @default 0 */
  readonly maxQueue?: number;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** Events of a rate limiter. */
export type RateLimiterEvents = {
  /** A call waits for its turn. */
  queued: { readonly waiting: number; readonly key: string | undefined };
  /** A call was refused. */
  rejection: { readonly error: RateLimitedError; readonly key: string | undefined };
};

/** Limits how often operations start. Made by {@link rateLimiter}. */
export class RateLimiter extends StagedPolicy<RateLimiterEvents> {
  readonly #gate: RateGate;

  constructor(options: RateLimiterOptions) {
    super(options.clock ?? systemClock);
    const maxQueue = integer('maxQueue', options.maxQueue ?? 0, 0, true);
    this.#gate = new RateGate(this.clock, createRate(options, this.clock.monotonic()), maxQueue, this.events);
  }

  /** Calls that wait now. */
  get waiting(): number {
    return this.#gate.waiting;
  }

  [stageOf](next: Stage): Stage {
    const gate = this.#gate;
    return { start: (scope, sink) => gate.enter(next, scope, sink) };
  }
}

function createRate(options: RateLimiterOptions, now: number): Rate {
  const limit = integer('limit', options.limit, 1);
  const intervalMs = between('intervalMs', options.intervalMs ?? 1000, Number.MIN_VALUE);
  const burst = integer('burst', options.burst ?? limit, 1);
  const algorithm = oneOf('algorithm', options.algorithm ?? 'sliding-window', ['sliding-window', 'token-bucket']);
  return algorithm === 'token-bucket'
    ? new TokenBucket(limit, intervalMs, burst, now)
    : new SlidingWindow(limit, intervalMs);
}

/**
 * Starts at most `limit` operations per interval. Up to `maxQueue` calls wait in the order of their arrival; more are
 * refused with a `RateLimitedError`.
 *
 * @throws InvalidOptionError if an option is out of range.
 * @example
 * ```ts
 * const api = rateLimiter({ limit: 50, intervalMs: 1_000, maxQueue: 200 });
 * ```
 */
export function rateLimiter(options: RateLimiterOptions): RateLimiter {
  return new RateLimiter(options);
}
