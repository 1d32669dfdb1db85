import type { Execution } from '../core/execution.ts';
import { type AbortObserver, Scope } from '../core/scope.ts';

/** The scope of a later attempt: its parent with another number. */
export class AttemptScope extends Scope {
  readonly #parent: Scope;
  readonly #attempt: number;

  constructor(parent: Scope, attempt: number) {
    super();
    this.#parent = parent;
    this.#attempt = attempt;
  }

  override get call(): Execution {
    return this.#parent.call;
  }

  override get attempt(): number {
    return this.#attempt;
  }

  override get deadline(): number | undefined {
    return this.#parent.deadline;
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
