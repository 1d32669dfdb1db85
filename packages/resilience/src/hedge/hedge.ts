import type { Clock } from '../clock.ts';
import { StagedPolicy } from '../core/staged-policy.ts';
import { type Stage, stageOf } from '../core/stage.ts';
import { between, integer } from '../options.ts';
import { systemClock } from '../system-clock.ts';
import { HedgeStage } from './hedge-stage.ts';
import { LatencyQuantile } from './latency-quantile.ts';

/** Waits as long as all but the slowest calls take. */
export interface QuantileDelay {
  /** Share of calls that are answered without a hedge, above 0 and below 1, such as 0.95. */
  readonly quantile: number;
  /** The delay in milliseconds while there are fewer than 20 latencies to go by. @default 1000 */
  readonly initialDelayMs?: number;
  /** The last latencies looked back on; an integer from 20. @default 200 */
  readonly samples?: number;
}

/** Options of {@link hedge}. */
export interface HedgeOptions {
  /** Milliseconds without an answer before the operation is started once more, or a quantile of its latency. */
  readonly delay: number | QuantileDelay;
  /** Additional starts at most; an integer from 1. @default 1 */
  readonly maxHedges?: number;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** Events of a hedge. */
export type HedgeEvents = {
  /** The operation is started once more. */
  hedge: { readonly attempt: number; readonly delayMs: number; readonly key: string | undefined };
  /** Start number `attempt` answered first. */
  won: { readonly attempt: number; readonly key: string | undefined };
};

/** Starts slow operations a second time. Made by {@link hedge}. */
export class Hedge extends StagedPolicy<HedgeEvents> {
  readonly maxHedges: number;
  readonly #delay: number | LatencyQuantile;

  constructor(options: HedgeOptions) {
    super(options.clock ?? systemClock);
    this.maxHedges = integer('maxHedges', options.maxHedges ?? 1, 1);
    const { delay } = options;
    if (typeof delay === 'number') {
      this.#delay = between('delay', delay, 0);
    } else {
      this.#delay = new LatencyQuantile(
        between('delay.quantile', delay.quantile, Number.MIN_VALUE, 1 - Number.EPSILON),
        between('delay.initialDelayMs', delay.initialDelayMs ?? 1000, 0),
        integer('delay.samples', delay.samples ?? 200, 20),
      );
    }
  }

  /** The delay a call gets now, in milliseconds. */
  get delayMs(): number {
    return typeof this.#delay === 'number' ? this.#delay : this.#delay.value();
  }

  /** Learns from an answer that took `ms`. */
  answered(ms: number): void {
    if (typeof this.#delay !== 'number') this.#delay.add(ms);
  }

  [stageOf](next: Stage): Stage {
    return new HedgeStage(this, next);
  }
}

/**
 * Starts the operation once more if it has not answered in time; the first success wins and the others are aborted.
 * Only for operations that may run twice: calls with `idempotent: false` are never hedged.
 *
 * @throws InvalidOptionError if an option is out of range.
 * @example
 * ```ts
 * const policy = hedge({ delay: { quantile: 0.95 } });
 * ```
 */
export function hedge(options: HedgeOptions): Hedge {
  return new Hedge(options);
}
