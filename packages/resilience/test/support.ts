import { TestClock } from '../src/testing/index.ts';

/** How a promise ended, once the clock has moved by `ms`. */
export async function settle<T>(
  promise: Promise<T>,
  clock = new TestClock(),
  ms = 0,
): Promise<{ value: T } | { error: unknown } | 'pending'> {
  let result: { value: T } | { error: unknown } | 'pending' = 'pending';
  promise.then(
    (value) => (result = { value }),
    (error: unknown) => (result = { error }),
  );
  await clock.advance(ms);
  return result;
}

/** The error of a promise that has rejected by now. */
export async function errorOf(promise: Promise<unknown>, clock = new TestClock(), ms = 0): Promise<unknown> {
  const result = await settle(promise, clock, ms);
  if (result === 'pending' || !('error' in result))
    throw new Error(`expected a rejection, got ${JSON.stringify(result)}`);
  return result.error;
}

/** An operation whose calls the test settles by hand. */
export function manual<T = string>(): {
  operation: (context: { readonly signal: AbortSignal }) => Promise<T>;
  calls: { resolve(value: T): void; reject(error: unknown): void }[];
} {
  const calls: { resolve(value: T): void; reject(error: unknown): void }[] = [];
  const operation = (): Promise<T> => new Promise<T>((resolve, reject) => calls.push({ resolve, reject }));
  return { operation, calls };
}

/** A reproducible source of randomness (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
