import type { Random } from '../random.ts';
import { maxTimerMs } from '../system-clock.ts';

/**
 * How the delay is spread, where `d` is the exponential delay of the attempt:
 * `full` U[0, d) · `equal` U[d/2, d) · `decorrelated` U[initial, 3 × previous) · `none` d.
 *
 * See "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export type Jitter = 'full' | 'equal' | 'decorrelated' | 'none';

/** The numbers of a backoff. */
export interface Backoff {
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly backoffMultiplier: number;
  readonly jitter: Jitter;
}

/** @returns the delay in milliseconds after failed attempt number `attempt` (from 1), given the delay before it. */
export function backoffDelay(backoff: Backoff, attempt: number, previousMs: number, random: Random): number {
  const { initialDelayMs: initial, jitter } = backoff;
  const cap = Math.min(backoff.maxDelayMs, maxTimerMs);
  if (jitter === 'decorrelated') {
    const upper = Math.max(initial, Math.max(previousMs, initial) * 3);
    return Math.min(cap, initial + random() * (upper - initial));
  }
  // The power overflows to Infinity long before attempt 2000, and 0 × Infinity is NaN: the cap comes first.
  const exponential = initial === 0 ? 0 : Math.min(cap, initial * backoff.backoffMultiplier ** (attempt - 1));
  if (jitter === 'none') return exponential;
  return jitter === 'full' ? random() * exponential : exponential / 2 + (random() * exponential) / 2;
}
