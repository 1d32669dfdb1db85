import type { Clock } from '@llm-memory-graph/resilience';
import type { EventSource } from '../events.ts';
import type { ArchiveVault } from '../ports/archive-vault.ts';
import { SchedulerError } from '../scheduler-error.ts';

/**
 * What time it is for the purpose of archiving nothing early. One wall clock alone is not believed: a jump against
 * the monotonic clock, or a difference to the vault's clock, makes the earlier reading count.
 */
export class DueClock {
  readonly #clock: Clock;
  readonly #vault: ArchiveVault;
  readonly #maxSkewMs: number;
  readonly #events: EventSource;
  #last: { readonly wall: number; readonly monotonic: number } | undefined;

  constructor(clock: Clock, vault: ArchiveVault, maxSkewMs: number, events: EventSource) {
    this.#clock = clock;
    this.#vault = vault;
    this.#maxSkewMs = maxSkewMs;
    this.#events = events;
  }

  /** @returns milliseconds since the epoch */
  async now(signal: AbortSignal): Promise<number> {
    const wall = this.#unjumped();
    if (this.#vault.now === undefined) return wall;
    let reference: number;
    try {
      reference = (await this.#vault.now({ signal })).getTime();
    } catch (error) {
      signal.throwIfAborted();
      throw new SchedulerError('unavailable', 'The vault does not tell the time', { cause: error });
    }
    const skewMs = wall - reference;
    if (Math.abs(skewMs) <= this.#maxSkewMs) return wall;
    this.#events.emit('clockSkew', { skewMs, between: 'wall-and-vault' });
    return Math.min(wall, reference);
  }

  /** The second reading after a jump is believed: by then it is the clock, not a slip. */
  #unjumped(): number {
    const reading = { wall: this.#clock.now(), monotonic: this.#clock.monotonic() };
    const last = this.#last;
    this.#last = reading;
    if (last === undefined) return reading.wall;
    const expected = last.wall + (reading.monotonic - last.monotonic);
    const skewMs = reading.wall - expected;
    if (Math.abs(skewMs) <= this.#maxSkewMs) return reading.wall;
    this.#events.emit('clockSkew', { skewMs, between: 'wall-and-monotonic' });
    return Math.min(reading.wall, expected);
  }
}
