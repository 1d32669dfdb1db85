import type { Clock } from '../clock.ts';
import { StagedPolicy } from '../core/staged-policy.ts';
import { type Stage, stageOf } from '../core/stage.ts';
import type { ExecutionContext } from '../policy.ts';
import type { Random } from '../random.ts';
import type { RetryEvents } from './retry-events.ts';
import { resolveRetryOptions, type ResolvedRetryOptions } from './retry-settings.ts';
import { RetryStage } from './retry-stage.ts';
import type { Jitter } from './backoff.ts';
import type { RetryBudget } from './retry-budget.ts';

/** Options of {@link retry}. */
export interface RetryOptions {
  /** Attempts in all, the first included; an integer from 1, or `Infinity`. @default 3 */
  readonly maxAttempts?: number;
  /** Delay before the second attempt in milliseconds, before jitter. @default 100 */
  readonly initialDelayMs?: number;
  /** The longest delay in milliseconds, after jitter. @default 5000 */
  readonly maxDelayMs?: number;
  /** Growth of the delay from attempt to attempt, at least 1. @default 2 */
  readonly backoffMultiplier?: number;
  /** @default 'full' */
  readonly jitter?: Jitter;
  /** Whether a `TimeoutError` of an inner policy is retried. @default true */
  readonly retryOnTimeout?: boolean;
  /** No attempt is started with less than this many milliseconds left until the deadline. @default 0 */
  readonly minAttemptMs?: number;
  /**
   * Whether to try again when an inner breaker, bulkhead or rate limiter refused the call. Mostly it makes an overload
   * worse.
   * @default false
   */
  readonly retryOnRejection?: boolean;
  /** Whether to try again after `error`. @default always */
  readonly shouldRetry?: (error: unknown, context: ExecutionContext) => boolean;
  /** Whether to try again although the operation succeeded with `value`, such as a 503. @default never */
  readonly shouldRetryResult?: (value: unknown, context: ExecutionContext) => boolean;
  /** Gets each result that is not handed out because of a further attempt. @default cancels its `body`, if any */
  readonly discard?: (value: unknown) => void;
  /** Whether `error` proves that the operation never ran, so that repeating it is safe in any case. @default never */
  readonly neverRan?: (error: unknown) => boolean;
  /**
   * The wait in milliseconds that the service asked for with its error, or with the result that is retried: a floor
   * for the delay.
   * @default the `retryAfterMs` of rejections
   */
  readonly retryAfterMs?: (error: unknown) => number | undefined;
  /** A service that asks for a longer wait than this, in milliseconds, ends the call at once. @default 30000 */
  readonly maxRetryAfterMs?: number;
  /** Limits retries relative to first attempts, over all calls that share it. @default none */
  readonly budget?: RetryBudget;
  /** @default systemClock */
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: Random;
}

/** Runs an operation again when it failed. Made by {@link retry}. */
export class RetryPolicy extends StagedPolicy<RetryEvents> {
  readonly settings: ResolvedRetryOptions;

  constructor(options: RetryOptions = {}) {
    const settings = resolveRetryOptions(options);
    super(settings.clock);
    this.settings = settings;
  }

  [stageOf](next: Stage): Stage {
    return new RetryStage(this, next);
  }
}

/**
 * Runs the operation again after a failure, with growing and randomised delays. The last error reaches the caller
 * unchanged; `retryInfo(error)` tells the number of attempts and why there was no further one.
 *
 * @throws InvalidOptionError if an option is out of range.
 * @example
 * ```ts
 * const value = await retry({ maxAttempts: 5 }).execute(() => readFromFlakyService());
 * ```
 */
export function retry(options?: RetryOptions): RetryPolicy {
  return new RetryPolicy(options);
}
