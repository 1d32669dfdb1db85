import type { Rate } from './rate.ts';

/** At most `limit` in any stretch of `intervalMs`: exact, at the price of one remembered instant per permit. */
export class SlidingWindow implements Rate {
  readonly #intervalMs: number;
  readonly #taken: Float64Array;
  #next = 0;

  constructor(limit: number, intervalMs: number) {
    this.#intervalMs = intervalMs;
    this.#taken = new Float64Array(limit).fill(-Infinity);
  }

  waitMs(now: number): number {
    // The next place in the ring is that of the permit `limit` permits back.
    return Math.max(0, Number(this.#taken[this.#next]) + this.#intervalMs - now);
  }

  take(now: number): number {
    const waitMs = this.waitMs(now);
    if (waitMs > 0) return waitMs;
    this.#taken[this.#next] = now;
    this.#next = (this.#next + 1) % this.#taken.length;
    return 0;
  }
}
