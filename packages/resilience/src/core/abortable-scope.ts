import { Observers } from './observers.ts';
import type { Execution } from './execution.ts';
import { type AbortObserver, Scope } from './scope.ts';

/** A scope that can be aborted on its own, and is aborted with its parent. */
export abstract class AbortableScope extends Scope implements AbortObserver {
  readonly parent: Scope;
  override readonly call: Execution;
  override readonly attempt: number;
  override readonly deadline: number | undefined;
  #controller: AbortController | undefined;
  #observers: Observers | undefined;
  #isAborted = false;
  #reason: unknown;
  #observing = false;
  #closed = false;

  constructor(parent: Scope, deadline: number | undefined) {
    super();
    this.parent = parent;
    this.call = parent.call;
    this.attempt = parent.attempt;
    this.deadline = deadline;
  }

  override get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.isAborted) this.#controller.abort(this.reason);
      else this.observeParent();
    }
    return this.#controller.signal;
  }

  override get isAborted(): boolean {
    return this.#isAborted || (!this.#closed && this.parent.isAborted);
  }

  override get reason(): unknown {
    return this.#isAborted ? this.#reason : this.parent.reason;
  }

  override observe(observer: AbortObserver): void {
    (this.#observers ??= new Observers()).add(observer);
    this.observeParent();
  }

  override unobserve(observer: AbortObserver): void {
    this.#observers?.delete(observer);
  }

  /** The parent was aborted. */
  aborted(reason: unknown): void {
    this.#observing = false;
    this.abort(reason);
  }

  protected abort(reason: unknown): void {
    if (this.#isAborted || this.#closed) return;
    this.#isAborted = true;
    this.#reason = reason;
    this.close();
    this.#observers?.notify(reason);
    this.#controller?.abort(reason);
  }

  /** Lets go of the parent. Afterwards the scope is never aborted any more. */
  protected close(): void {
    this.#closed = true;
    if (!this.#observing) return;
    this.#observing = false;
    this.parent.unobserve(this);
  }

  protected observeParent(): void {
    if (this.#observing || this.#closed) return;
    this.#observing = true;
    this.parent.observe(this);
  }
}
