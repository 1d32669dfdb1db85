import type { Clock } from '../clock.ts';
import { StagedPolicy } from '../core/staged-policy.ts';
import { type Stage, stageOf } from '../core/stage.ts';
import type { BulkheadFullError } from '../errors/bulkhead-full-error.ts';
import { integer } from '../options.ts';
import { systemClock } from '../system-clock.ts';
import { BulkheadGate } from './bulkhead-gate.ts';

/** Options of {@link bulkhead}. */
export interface BulkheadOptions {
  /** Operations that run at once; an integer from 1. @default 10 */
  readonly maxConcurrent?: number;
  /** Calls that may wait for a place; an integer from 0, or `Infinity`. @default 0 */
  readonly maxQueue?: number;
  /** Only read for deadlines. @default systemClock */
  readonly clock?: Clock;
}

/** Events of a bulkhead. */
export type BulkheadEvents = {
  /** A call waits for a place. */
  queued: { readonly waiting: number; readonly key: string | undefined };
  /** A call was refused. */
  rejection: { readonly error: BulkheadFullError; readonly key: string | undefined };
};

/** Limits how many operations run at once. Made by {@link bulkhead}. */
export class Bulkhead extends StagedPolicy<BulkheadEvents> {
  readonly #gate: BulkheadGate;

  constructor(options: BulkheadOptions = {}) {
    super(options.clock ?? systemClock);
    this.#gate = new BulkheadGate(
      integer('maxConcurrent', options.maxConcurrent ?? 10, 1),
      integer('maxQueue', options.maxQueue ?? 0, 0, true),
      this.events,
    );
  }

  /** Operations that run now. */
  get running(): number {
    return this.#gate.running;
  }

  /** Calls that wait now. */
  get waiting(): number {
    return this.#gate.waiting;
  }

  [stageOf](next: Stage): Stage {
    const gate = this.#gate;
    return { start: (scope, sink) => gate.enter(next, scope, sink) };
  }
}

/**
 * Lets `maxConcurrent` operations run at once and up to `maxQueue` calls wait, first come first served. More are
 * refused with a `BulkheadFullError`.
 *
 * @throws InvalidOptionError if an option is out of range.
 * @example
 * ```ts
 * const database = bulkhead({ maxConcurrent: 20, maxQueue: 100 });
 * ```
 */
export function bulkhead(options?: BulkheadOptions): Bulkhead {
  return new Bulkhead(options);
}
