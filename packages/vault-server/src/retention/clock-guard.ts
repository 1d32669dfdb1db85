/** One look at both clocks, in ms. */
export interface ClockReading {
  readonly wall: number;
  readonly monotonic: number;
}

/** Why the wall clock is not good enough to delete by it. */
export type ClockDoubt = 'first-reading' | 'too-soon' | 'clock-jump';

/** Longest disagreement of wall and monotonic clock, ms: beyond it somebody set the clock, or the machine slept. */
export const maxDriftMs = 3_600_000;

/** Time between two readings that are to confirm each other, ms. */
export const observationMs = 60_000;

/** Trusts the wall clock only when two readings, some time apart, agree with the monotonic clock. */
export class ClockGuard {
  private anchor: ClockReading | undefined;

  /** `undefined` when the clock can be trusted. */
  check(reading: ClockReading): ClockDoubt | undefined {
    const { anchor } = this;
    this.anchor ??= reading;
    if (!anchor) return 'first-reading';
    const elapsed = reading.monotonic - anchor.monotonic;
    if (Math.abs(reading.wall - anchor.wall - elapsed) > maxDriftMs) {
      this.anchor = reading;
      return 'clock-jump';
    }
    return elapsed < observationMs ? 'too-soon' : undefined;
  }
}
