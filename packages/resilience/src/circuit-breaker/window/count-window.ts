import type { OutcomeWindow, WindowCounts, WindowSlice } from './outcome-window.ts';

/** The last `size` outcomes in a ring: bit 0 says failed, bit 1 says slow. */
export class CountWindow implements OutcomeWindow {
  readonly #ring: Uint8Array;
  #next = 0;
  #calls = 0;
  #failures = 0;
  #slow = 0;

  constructor(size: number) {
    this.#ring = new Uint8Array(size);
  }

  add(_now: number, failed: boolean, slow: boolean): void {
    if (this.#calls === this.#ring.length) {
      const evicted = this.#ring[this.#next] ?? 0;
      this.#failures -= evicted & 1;
      this.#slow -= evicted >> 1;
    } else {
      this.#calls += 1;
    }
    this.#ring[this.#next] = Number(failed) | (Number(slow) << 1);
    this.#failures += Number(failed);
    this.#slow += Number(slow);
    this.#next = (this.#next + 1) % this.#ring.length;
  }

  counts(): WindowCounts {
    return { calls: this.#calls, failures: this.#failures, slow: this.#slow };
  }

  clear(): void {
    this.#next = 0;
    this.#calls = 0;
    this.#failures = 0;
    this.#slow = 0;
  }

  slices(): WindowSlice[] {
    const size = this.#ring.length;
    return Array.from({ length: this.#calls }, (_, index) => {
      const bits = this.#ring[(this.#next - this.#calls + index + size) % size] ?? 0;
      return [0, 1, bits & 1, bits >> 1];
    });
  }

  load(now: number, slices: readonly WindowSlice[]): void {
    this.clear();
    for (const [, calls, failures, slow] of slices) {
      // Slices of a time window hold several calls; more than the ring takes would only turn it round.
      const kept = Math.min(calls, this.#ring.length);
      for (let index = 0; index < kept; index += 1) this.add(now, index < failures, index < slow);
    }
  }
}
