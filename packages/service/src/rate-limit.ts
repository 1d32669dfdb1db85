import type { Principal } from './principal.ts';
import { problem } from './problem-error.ts';

/** How often each key may ask. */
export interface RateLimit {
  /** Requests per second in the long run, > 0. */
  readonly requestsPerSecond: number;
  /** Requests at once after a quiet time, an integer >= 1. @default requestsPerSecond, rounded up */
  readonly burst?: number;
}

/** @throws 429 when the principal's key asked too often */
export type RateGate = (principal: Principal) => void;

/**
 * A token bucket for each key, kept as the one instant at which it is full again (GCRA, ITU-T I.371). A request that is
 * refused takes no token.
 *
 * @param now monotonic, in ms
 * @throws {RangeError} naming option and value
 */
export function rateGate(limit: RateLimit, now: () => number = () => performance.now()): RateGate {
  const { requestsPerSecond, burst = Math.ceil(requestsPerSecond) } = limit;
  if (!(requestsPerSecond > 0 && Number.isFinite(requestsPerSecond)))
    throw new RangeError(`rateLimit.requestsPerSecond must be a number > 0, got ${String(requestsPerSecond)}`);
  if (!Number.isSafeInteger(burst) || burst < 1)
    throw new RangeError(`rateLimit.burst must be an integer >= 1, got ${String(burst)}`);
  const msPerRequest = 1000 / requestsPerSecond;
  const fullAt = new WeakMap<Principal, number>();

  return (principal) => {
    const at = now();
    const next = Math.max(fullAt.get(principal) ?? at, at) + msPerRequest;
    const waitMs = next - at - burst * msPerRequest;
    // A millionth of a request: the sum of many steps is not exact.
    if (waitMs <= msPerRequest / 1e6) return void fullAt.set(principal, next);
    throw problem(429, 'rate-limited', `the key may ask ${String(requestsPerSecond)} times a second`, {
      headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) },
    });
  };
}
