import type { Rate } from './rate.ts';

/**
 * A bucket that holds `burst` tokens and is refilled evenly with `limit` per `intervalMs`. Over any stretch of `t`
 * milliseconds it gives at most `burst + t × limit / intervalMs`.
 */
export class TokenBucket implements Rate {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  constructor(limit: number, intervalMs: number, burst: number, now: number) {
    this.#perMs = limit / intervalMs;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  waitMs(now: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
    // Sums of fractions miss the whole number by a hair; without the allowance a waiter would wait twice.
    return this.#tokens >= 1 - 1e-9 ? 0 : (1 - this.#tokens) / this.#perMs;
  }

  take(now: number): number {
    const waitMs = this.waitMs(now);
    if (waitMs === 0) this.#tokens = Math.max(0, this.#tokens - 1);
    return waitMs;
  }
}
