import type { Clock } from '@llm-memory-graph/service';

/**
 * The time that both services go by: a clock of yours, or the system's, that can be moved. Retention and expiry follow
 * it.
 *
 * @example
 * services.clock.advance(366 * 86_400_000);
 */
export class MockClock implements Clock {
  readonly #base: Clock;
  readonly #start: number;
  #offset: number;
  #moved = 0;

  /**
   * @param base runs on by itself
   * @param start what it reads now
   */
  constructor(base: Clock, start?: Date) {
    this.#base = base;
    this.#start = start ? start.getTime() - base.now() : 0;
    this.#offset = this.#start;
  }

  /** Ms since the epoch. */
  now(): number {
    return this.#base.now() + this.#offset;
  }

  /** Ms that never go back; time that was skipped with `advance` or `set` counts as passed. */
  monotonic(): number {
    return performance.now() + this.#moved;
  }

  /** Sets the time, from where it runs on. @throws {RangeError} outside the years 0 to 9999 */
  set(instant: Date): void {
    const at = instant.getTime();
    if (!(at >= Date.parse('0000-01-01T00:00:00Z') && at <= Date.parse('9999-12-31T23:59:59.999Z')))
      throw new RangeError('the clock must be in the years 0 to 9999');
    const step = at - this.now();
    this.#offset += step;
    this.#moved += Math.max(0, step);
  }

  /** Moves the time forward. @param ms at least 0 @throws {RangeError} */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`ms must be a number >= 0, got ${String(ms)}`);
    this.set(new Date(this.now() + ms));
  }

  /** As if it had never been moved. */
  reset(): void {
    this.#offset = this.#start;
  }
}
