/** A rule about how often something may happen. Times are monotonic milliseconds and never go back. */
export interface Rate {
  /** @returns the milliseconds until there is one, 0 if there is one now; takes nothing. */
  waitMs(now: number): number;
  /** Takes one if there is one. @returns 0 if taken, else the milliseconds until there is one. */
  take(now: number): number;
}
