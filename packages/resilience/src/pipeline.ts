import type { Clock } from './clock.ts';
import { foreignStage } from './core/foreign-stage.ts';
import { operationStage } from './core/operation-stage.ts';
import { run } from './core/run.ts';
import { isStageable, type Stage, type Stageable, stageOf } from './core/stage.ts';
import type { ExecuteOptions, Operation, Policy } from './policy.ts';
import { systemClock } from './system-clock.ts';

class Pipeline implements Policy, Stageable {
  readonly clock: Clock;
  readonly #policies: readonly Policy[];
  readonly #stage: Stage;

  constructor(policies: readonly Policy[]) {
    this.#policies = policies;
    this.clock = policies.find((policy) => isStageable(policy))?.clock ?? systemClock;
    this.#stage = this[stageOf](operationStage);
  }

  [stageOf](next: Stage): Stage {
    return this.#policies.reduceRight<Stage>(
      (inner, policy) => (isStageable(policy) ? policy[stageOf](inner) : foreignStage(policy, inner)),
      next,
    );
  }

  execute<T>(operation: Operation<T>, options?: ExecuteOptions): Promise<T> {
    return run(this.#stage, this.clock, operation, options);
  }
}

/**
 * Composes policies, **outermost first**: `pipeline(a, b).execute(f)` is `a` around `b` around `f`. A pipeline is
 * a policy and may be part of another one. With no policies it just runs the operation.
 *
 * @example
 * ```ts
 * // Each attempt is counted by the breaker and has 2 s; the retries stop as soon as the breaker opens.
 * const policy = pipeline(retry(), circuitBreaker(), timeout(2_000));
 * const body = await policy.execute(({ signal }) => fetch(url, { signal }).then((response) => response.json()));
 * ```
 */
export function pipeline(...policies: Policy[]): Policy {
  return new Pipeline(policies);
}
