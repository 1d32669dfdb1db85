import type { Clock } from '../clock.ts';
import { callStage } from '../core/operation-stage.ts';
import type { Scope } from '../core/scope.ts';
import { StagedPolicy } from '../core/staged-policy.ts';
import { type Sink, type Stage, stageOf } from '../core/stage.ts';
import type { ExecutionContext } from '../policy.ts';
import { systemClock } from '../system-clock.ts';

/** Makes the replacement for a failed call. */
export type FallbackValue = (error: unknown, context: ExecutionContext) => unknown;

/** Options of {@link fallback}. */
export interface FallbackOptions {
  /** Whether `error` is to be replaced. @default every error */
  readonly shouldHandle?: (error: unknown) => boolean;
  /** Only read for deadlines. @default systemClock */
  readonly clock?: Clock;
}

/** Events of a fallback. */
export type FallbackEvents = {
  /** An error is being replaced. */
  fallback: { readonly error: unknown; readonly key: string | undefined };
};

/** Replaces failures. Made by {@link fallback}. */
export class Fallback extends StagedPolicy<FallbackEvents> {
  readonly value: FallbackValue;
  readonly shouldHandle: (error: unknown) => boolean;

  constructor(value: FallbackValue, options: FallbackOptions = {}) {
    super(options.clock ?? systemClock);
    this.value = value;
    this.shouldHandle = options.shouldHandle ?? (() => true);
  }

  [stageOf](next: Stage): Stage {
    return { start: (scope, sink) => next.start(scope, new FallbackFrame(this, scope, sink)) };
  }
}

class FallbackFrame implements Sink {
  readonly #policy: Fallback;
  readonly #scope: Scope;
  readonly #sink: Sink;

  constructor(policy: Fallback, scope: Scope, sink: Sink) {
    this.#policy = policy;
    this.#scope = scope;
    this.#sink = sink;
  }

  ok(value: unknown): void {
    this.#sink.ok(value);
  }

  fail(error: unknown): void {
    const { events } = this.#policy;
    // Who aborted wants no answer at all.
    if (this.#scope.isAborted) {
      this.#sink.fail(error);
      return;
    }
    try {
      if (!this.#policy.shouldHandle(error)) {
        this.#sink.fail(error);
        return;
      }
    } catch (thrown) {
      this.#sink.fail(thrown);
      return;
    }
    if (events.hears('fallback')) events.emit('fallback', { error, key: this.#scope.key });
    callStage((context) => this.#policy.value(error, context), this.#scope, this.#sink);
  }
}

/**
 * Answers a failed call with what `value` returns. Aborts by the caller are not replaced.
 *
 * @example
 * ```ts
 * const policy = pipeline(fallback(() => []), retry());
 * ```
 */
export function fallback(value: FallbackValue, options?: FallbackOptions): Fallback {
  return new Fallback(value, options);
}
