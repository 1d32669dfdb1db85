/** A rule about how often something may happen. Times are monotonic milliseconds and never go back. */
export interface Rate {
  /** Takes one if there is one. @returns 0 if taken, else the milliseconds until there is one. */
  take(now: number): number;
}
