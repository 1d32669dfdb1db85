import type { Clock } from '@llm-memory-graph/resilience';
import type { Cancellable, Awaitable } from '../ports/call.ts';

/** Why a clock is not good enough for deleting. */
export type ClockDoubt = 'first-reading' | 'too-soon' | 'clock-jump';

/** What a {@link SweepClock} reads. */
export interface SweepClockOptions {
  readonly clock: Clock;
  /** The vault's wall clock, when it tells. */
  readonly vaultNow?: ((options: Cancellable) => Awaitable<Date>) | undefined;
  /** Least time between the two observations, in ms on the monotonic clock. */
  readonly leaseMs: number;
  /** How far clocks may disagree or jump, in ms. */
  readonly maxSkewMs: number;
}

/** Trusts no single reading of a clock: two, at least a lease apart, that agree with the monotonic clock and the vault's. */
export class SweepClock {
  readonly #options: SweepClockOptions;
  #first: { readonly wall: number; readonly monotonic: number } | undefined;

  constructor(options: SweepClockOptions) {
    this.#options = options;
  }

  /** Reads the clocks. After a jump the next reading is the first again. @returns what speaks against deleting now */
  async doubt(options: Cancellable): Promise<{ readonly doubt: ClockDoubt; readonly skewMs: number } | undefined> {
    const { clock, vaultNow, leaseMs, maxSkewMs } = this.#options;
    const reading = { wall: clock.now(), monotonic: clock.monotonic() };
    const first = (this.#first ??= reading);
    const elapsed = reading.monotonic - first.monotonic;
    const jump = reading.wall - first.wall - elapsed;
    const difference = vaultNow ? clock.now() - (await vaultNow(options)).getTime() : 0;
    for (const skewMs of [jump, difference]) {
      if (Math.abs(skewMs) <= maxSkewMs) continue;
      this.#first = reading;
      return { doubt: 'clock-jump', skewMs };
    }
    if (first === reading) return { doubt: 'first-reading', skewMs: 0 };
    return elapsed < leaseMs ? { doubt: 'too-soon', skewMs: 0 } : undefined;
  }
}
