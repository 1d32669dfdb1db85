import { rateLimiter, type Clock } from '@llm-memory-graph/resilience';

const begun = (): void => undefined;

/** @returns what waits until one more session may be begun */
export function pace(sessionsPerSecond: number | undefined, clock: Clock): (signal: AbortSignal) => Promise<void> {
  if (sessionsPerSecond === undefined) return () => Promise.resolve();
  const limiter = rateLimiter({ limit: sessionsPerSecond, algorithm: 'token-bucket', maxQueue: Infinity, clock });
  return (signal) => limiter.execute(begun, { signal });
}
