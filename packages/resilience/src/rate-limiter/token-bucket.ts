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

  take(now: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
    // Sums of fractions miss the whole number by a hair; without the allowance a waiter would wait twice.
    if (this.#tokens >= 1 - 1e-9) {
      this.#tokens = Math.max(0, this.#tokens - 1);
      return 0;
    }
    return (1 - this.#tokens) / this.#perMs;
  }
}
