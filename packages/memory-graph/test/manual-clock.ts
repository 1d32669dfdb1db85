/** A wall clock that moves when told to. */
export class ManualClock {
  ms = Date.UTC(2030, 0, 1);

  now(): number {
    return this.ms;
  }
}
