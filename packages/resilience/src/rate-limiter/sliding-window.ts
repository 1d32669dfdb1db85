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

  take(now: number): number {
    // The instant at which the permit that is `limit` permits back was taken.
    const free = (this.#taken[this.#next] ?? -Infinity) + this.#intervalMs;
    if (now < free) return free - now;
    this.#taken[this.#next] = now;
    this.#next = (this.#next + 1) % this.#taken.length;
    return 0;
  }
}
