const enough = 20;
/** Sorting the samples for every call would cost more than the calls. */
const refreshAfter = 10;

/** A quantile of the last latencies. */
export class LatencyQuantile {
  readonly #quantile: number;
  readonly #size: number;
  readonly #samples: number[] = [];
  #next = 0;
  #sinceRefresh = 0;
  #value: number;

  constructor(quantile: number, initial: number, size: number) {
    this.#quantile = quantile;
    this.#value = initial;
    this.#size = size;
  }

  add(ms: number): void {
    this.#samples[this.#next] = ms;
    this.#next = (this.#next + 1) % this.#size;
    this.#sinceRefresh += 1;
    if (this.#samples.length < enough || this.#sinceRefresh < refreshAfter) return;
    this.#sinceRefresh = 0;
    const sorted = this.#samples.toSorted((a, b) => a - b);
    this.#value = sorted[Math.ceil(this.#quantile * sorted.length) - 1] ?? this.#value;
  }

  value(): number {
    return this.#value;
  }
}
