import type { Clock } from '@llm-memory-graph/resilience';

/**
 * Waits for `work`, but only until `signal` aborts or `ms` are over. `work` goes on either way.
 *
 * @returns `undefined` when the time ran out first
 * @throws the reason of `signal`
 */
export async function within<T>(
  work: Promise<T>,
  { ms, signal, clock }: { readonly ms: number; readonly signal: AbortSignal | undefined; readonly clock: Clock },
): Promise<{ readonly value: T } | undefined> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const onAbort = (): void => reject(signal?.reason as Error);
  const cancel = clock.setTimer(ms, () => resolve(undefined));
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work.then((value) => ({ value })), promise]);
  } finally {
    cancel();
    signal?.removeEventListener('abort', onAbort);
  }
}
