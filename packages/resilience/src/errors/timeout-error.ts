import { ResilienceError, resilienceCode } from './resilience-error.ts';

/** What ran out: the time of one `timeout` policy, or the `deadlineMs` of the whole call. */
export type TimeoutScope = 'timeout' | 'deadline';

/** A call took longer than it may. Never raised for an abort by the caller: that rejects with `signal.reason`. */
export class TimeoutError extends ResilienceError {
  /** The time that was allowed, in milliseconds. */
  readonly timeoutMs: number;
  readonly scope: TimeoutScope;

  constructor(timeoutMs: number, scope: TimeoutScope = 'timeout', options?: ErrorOptions) {
    super(`${scope === 'timeout' ? 'Timed out after' : 'Deadline passed:'} ${timeoutMs} ms`, options);
    this.timeoutMs = timeoutMs;
    this.scope = scope;
  }

  override get name(): 'TimeoutError' {
    return 'TimeoutError';
  }

  override get code(): 'timeout' {
    return 'timeout';
  }
}

/** @returns whether `error` is a {@link TimeoutError} of any copy of this package. */
export function isTimeoutError(error: unknown): error is TimeoutError {
  return resilienceCode(error) === 'timeout';
}
