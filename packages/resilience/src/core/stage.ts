import type { Policy } from '../policy.ts';
import type { Clock } from '../clock.ts';
import type { Scope } from './scope.ts';

/** Takes the outcome of a stage. Exactly one of the two is called, exactly once. */
export interface Sink {
  ok(value: unknown): void;
  fail(error: unknown): void;
}

/**
 * One policy in its place inside a pipeline. Stages hand outcomes to each other by plain calls, so a pipeline
 * costs one promise for the caller and one subscription to the operation's promise, however many policies it has.
 */
export interface Stage {
  start(scope: Scope, sink: Sink): void;
}

/** How a pipeline asks a policy of this package for its stage around `next`. */
export const stageOf: unique symbol = Symbol('stage');

/** A policy that can share the machinery of a pipeline; others are called through `execute`. */
export interface Stageable {
  readonly clock: Clock;
  [stageOf](next: Stage): Stage;
}

export function isStageable(policy: Policy): policy is Policy & Stageable {
  return stageOf in policy;
}
