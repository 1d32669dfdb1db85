import { resilienceCode } from './resilience-error.ts';

/** @returns whether a breaker, a bulkhead or a rate limiter refused the call, so the operation never started. */
export function isRejection(error: unknown): boolean {
  const code = resilienceCode(error);
  return code === 'circuit_open' || code === 'bulkhead_full' || code === 'rate_limited';
}
