import type { OutcomeWindow, WindowCounts, WindowSlice } from './outcome-window.ts';

interface Bucket {
  readonly start: number;
  calls: number;
  failures: number;
  slow: number;
}

/**
 * The outcomes of the last `lengthMs`, counted in buckets. A bucket leaves as a whole when its oldest possible sample
 * is too old: nothing older than the window is ever counted, and up to one bucket's width is forgotten early.
 */
export class TimeWindow implements OutcomeWindow {
  readonly #lengthMs: number;
  readonly #widthMs: number;
  #buckets: Bucket[] = [];

  constructor(lengthMs: number, buckets: number) {
    this.#lengthMs = lengthMs;
    this.#widthMs = lengthMs / buckets;
  }

  add(now: number, failed: boolean, slow: boolean): void {
    this.#evict(now);
    let bucket = this.#buckets.at(-1);
    if (bucket === undefined || now - bucket.start >= this.#widthMs) {
      bucket = { start: now, calls: 0, failures: 0, slow: 0 };
      this.#buckets.push(bucket);
    }
    bucket.calls += 1;
    bucket.failures += Number(failed);
    bucket.slow += Number(slow);
  }

  counts(now: number): WindowCounts {
    this.#evict(now);
    const sum = { calls: 0, failures: 0, slow: 0 };
    for (const bucket of this.#buckets) {
      sum.calls += bucket.calls;
      sum.failures += bucket.failures;
      sum.slow += bucket.slow;
    }
    return sum;
  }

  clear(): void {
    this.#buckets = [];
  }

  slices(now: number): WindowSlice[] {
    this.#evict(now);
    return this.#buckets.map(({ start, calls, failures, slow }) => [now - start, calls, failures, slow]);
  }

  load(now: number, slices: readonly WindowSlice[]): void {
    this.#buckets = slices
      .map(([ageMs, calls, failures, slow]) => ({ start: now - ageMs, calls, failures, slow }))
      .sort((a, b) => a.start - b.start);
    this.#evict(now);
  }

  #evict(now: number): void {
    const keep = this.#buckets.findIndex((bucket) => now - bucket.start <= this.#lengthMs);
    if (keep !== 0) this.#buckets = keep === -1 ? [] : this.#buckets.slice(keep);
  }
}
