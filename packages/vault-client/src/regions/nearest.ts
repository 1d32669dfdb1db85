import type { Clock } from '@llm-memory-graph/resilience';

export interface NearestOptions {
  /** After this long without an answer the next one is asked as well, in ms. */
  readonly hedgeAfterMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** Whether this failure settles the matter, so that no other need be asked. */
  readonly isFinal: (error: unknown) => boolean;
}

/** What came of it: a value, or nothing but failures. */
export interface Found<T> {
  readonly value: { readonly of: T } | undefined;
  /** By the place in the order. */
  readonly failures: ReadonlyMap<number, unknown>;
}

/**
 * Asks one after the other until one has it: the next one at once when one fails, and as well when one is slow. What
 * is not needed any more is aborted.
 */
export function nearest<T>(
  asks: readonly ((signal: AbortSignal) => Promise<T>)[],
  { hedgeAfterMs, clock, signal, isFinal }: NearestOptions,
): Promise<Found<T>> {
  const control = new AbortController();
  const abort = (): void => control.abort(signal?.reason);
  const failures = new Map<number, unknown>();
  let next = 0;
  let cancelTimer: (() => void) | undefined;
  return new Promise<Found<T>>((resolve, reject) => {
    const failed = (index: number, error: unknown): void => {
      failures.set(index, error);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the caller's reason may be anything
      if (signal?.aborted || isFinal(error)) reject(error);
      else if (next < asks.length) launch();
      else if (failures.size === asks.length) resolve({ value: undefined, failures });
    };
    const launch = (): void => {
      cancelTimer?.();
      const index = next++;
      asks[index]?.(control.signal).then(
        (value) => resolve({ value: { of: value }, failures: new Map(failures) }),
        (error: unknown) => failed(index, error),
      );
      if (next < asks.length) cancelTimer = clock.setTimer(hedgeAfterMs, launch);
    };
    signal?.throwIfAborted();
    signal?.addEventListener('abort', abort);
    launch();
  }).finally(() => {
    signal?.removeEventListener('abort', abort);
    cancelTimer?.();
    // After the result is known nobody listens any more.
    next = asks.length;
    control.abort();
  });
}
