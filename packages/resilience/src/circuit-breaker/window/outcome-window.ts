/** What a window has counted. */
export interface WindowCounts {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

/** A stretch of outcomes: wall-clock age in milliseconds and what was counted in it. */
export type WindowSlice = readonly [ageMs: number, calls: number, failures: number, slow: number];

/** The recent outcomes of one circuit. Times are monotonic milliseconds. */
export interface OutcomeWindow {
  add(now: number, failed: boolean, slow: boolean): void;
  counts(now: number): WindowCounts;
  clear(): void;
  /** What is counted now, oldest first. */
  slices(now: number): WindowSlice[];
  /** Replaces the content; slices too old or too many for this window are dropped. */
  load(now: number, slices: readonly WindowSlice[]): void;
}
