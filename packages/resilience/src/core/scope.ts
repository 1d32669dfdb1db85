import type { ExecutionContext } from '../policy.ts';
import type { Execution } from './execution.ts';

/** Hears that the scope around it was aborted. */
export interface AbortObserver {
  aborted(reason: unknown): void;
}

/**
 * The context that an operation sees, from the view of one place in the pipeline. Stages that change the context
 * (an attempt number, a nearer deadline, an own abort) put a new scope around what they start; it never changes
 * under an operation that still runs.
 */
export abstract class Scope implements ExecutionContext {
  abstract get call(): Execution;
  abstract get attempt(): number;
  abstract get deadline(): number | undefined;
  abstract get signal(): AbortSignal;

  /** Like `signal.aborted`, without making a signal. */
  abstract get isAborted(): boolean;
  /** Like `signal.reason`, without making a signal. */
  abstract get reason(): unknown;
  /** Calls `observer` when this scope aborts. Whoever observes must stop when done: nothing may be left behind. */
  abstract observe(observer: AbortObserver): void;
  abstract unobserve(observer: AbortObserver): void;

  get key(): string | undefined {
    return this.call.options?.key;
  }

  remainingMs(): number | undefined {
    return this.deadline === undefined ? undefined : Math.max(0, this.deadline - this.call.clock.monotonic());
  }
}
