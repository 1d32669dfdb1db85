import { ResilienceError, resilienceCode } from './resilience-error.ts';

/** The rate is used up and the queue is full; the operation was not started. */
export class RateLimitedError extends ResilienceError {
  /** Milliseconds until there is a place, if nobody else takes it. */
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super('Rate limit reached');
    this.retryAfterMs = retryAfterMs;
  }

  override get name(): 'RateLimitedError' {
    return 'RateLimitedError';
  }

  override get code(): 'rate_limited' {
    return 'rate_limited';
  }
}

/** @returns whether `error` is a {@link RateLimitedError} of any copy of this package. */
export function isRateLimitedError(error: unknown): error is RateLimitedError {
  return resilienceCode(error) === 'rate_limited';
}
