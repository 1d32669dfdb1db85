import type { Execution } from '../core/execution.ts';
import { type AbortObserver, Scope } from '../core/scope.ts';

/** The scope of a later attempt: its parent with another number. */
export class AttemptScope extends Scope {
  override readonly call: Execution;
  override readonly attempt: number;
  override readonly deadline: number | undefined;
  readonly #parent: Scope;

  constructor(parent: Scope, attempt: number) {
    super();
    this.call = parent.call;
    this.attempt = attempt;
    this.deadline = parent.deadline;
    this.#parent = parent;
  }

  override get signal(): AbortSignal {
    return this.#parent.signal;
  }

  override get isAborted(): boolean {
    return this.#parent.isAborted;
  }

  override get reason(): unknown {
    return this.#parent.reason;
  }

  override observe(observer: AbortObserver): void {
    this.#parent.observe(observer);
  }

  override unobserve(observer: AbortObserver): void {
    this.#parent.unobserve(observer);
  }
}
