const info: unique symbol = Symbol.for('@llm-memory-graph/resilience.retry-info') as never;

/** Why no further attempt was made. */
export type GiveUpReason =
  'attempts' | 'not-retryable' | 'not-idempotent' | 'deadline' | 'budget' | 'retry-after' | 'aborted';

/** What a retry policy knows about a call it gave up. */
export interface RetryInfo {
  /** Attempts made. */
  readonly attempts: number;
  /** Milliseconds spent waiting between them. */
  readonly totalDelayMs: number;
  readonly reason: GiveUpReason;
  /** The wait the server asked for after the last attempt, if it did. */
  readonly retryAfterMs: number | undefined;
}

/**
 * The error of the last attempt is what the caller gets, unchanged; this note travels with it.
 *
 * @returns the note, or `undefined` if no retry policy gave up with `error`, or `error` is not an extensible object.
 */
export function retryInfo(error: unknown): RetryInfo | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  return (error as { readonly [info]?: RetryInfo })[info];
}

export function attachRetryInfo(error: unknown, value: RetryInfo): void {
  if (typeof error !== 'object' || error === null) return;
  Reflect.defineProperty(error, info, { value, configurable: true, enumerable: false, writable: true });
}
