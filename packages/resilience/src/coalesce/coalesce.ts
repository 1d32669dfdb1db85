import type { Clock } from '../clock.ts';
import { StagedPolicy } from '../core/staged-policy.ts';
import { type Stage, stageOf } from '../core/stage.ts';
import { systemClock } from '../system-clock.ts';
import { CoalesceStage } from './coalesce-stage.ts';

/** Options of {@link coalesce}. */
export interface CoalesceOptions {
  /** Only read for deadlines. @default systemClock */
  readonly clock?: Clock;
}

/** Events of a coalescing policy. */
export type CoalesceEvents = {
  /** A call joined one that was under way. */
  joined: { readonly key: string; readonly waiting: number };
};

/** One operation in flight per key. Made by {@link coalesce}. */
export class Coalesce extends StagedPolicy<CoalesceEvents> {
  constructor(options: CoalesceOptions = {}) {
    super(options.clock ?? systemClock);
  }

  [stageOf](next: Stage): Stage {
    return new CoalesceStage(this, next);
  }
}

/**
 * Calls with the same `key` that come while one is under way share its outcome; nothing is kept afterwards. A call
 * that is aborted leaves alone; the shared operation is aborted when all have left. Calls without a key are not
 * shared.
 *
 * @example
 * ```ts
 * const policy = coalesce();
 * await Promise.all([policy.execute(load, { key: 'a' }), policy.execute(load, { key: 'a' })]); // load runs once
 * ```
 */
export function coalesce(options?: CoalesceOptions): Coalesce {
  return new Coalesce(options);
}
