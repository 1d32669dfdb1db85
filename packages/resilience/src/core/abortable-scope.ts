import type { Execution } from './execution.ts';
import { ObservedScope } from './observed-scope.ts';
import type { AbortObserver, Scope } from './scope.ts';

/** A scope that can be aborted on its own, and is aborted with its parent. */
export abstract class AbortableScope extends ObservedScope implements AbortObserver {
  readonly parent: Scope;
  #state: 'live' | 'aborted' | 'closed' = 'live';
  #observesParent = false;
  #reason: unknown;
  #controller: AbortController | undefined;

  constructor(parent: Scope) {
    super();
    this.parent = parent;
  }

  override get call(): Execution {
    return this.parent.call;
  }

  override get attempt(): number {
    return this.parent.attempt;
  }

  override get deadline(): number | undefined {
    return this.parent.deadline;
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
    return this.#state === 'aborted' || (this.#state === 'live' && this.followsParent && this.parent.isAborted);
  }

  override get reason(): unknown {
    return this.#state === 'live' && this.followsParent ? this.parent.reason : this.#reason;
  }

  override observe(observer: AbortObserver): void {
    super.observe(observer);
    this.observeParent();
  }

  /** Whether an abort of the parent aborts this scope. */
  protected get followsParent(): boolean {
    return true;
  }

  /** The parent was aborted. */
  aborted(reason: unknown): void {
    this.#observesParent = false;
    this.abort(reason);
  }

  protected abort(reason: unknown): void {
    if (this.#state !== 'live') return;
    this.#state = 'aborted';
    this.#reason = reason;
    this.#letGo();
    this.notify(reason);
    this.#controller?.abort(reason);
  }

  /** All is over: from now on nothing aborts this scope any more. */
  protected close(): void {
    if (this.#state === 'live') this.#state = 'closed';
    this.#letGo();
  }

  protected observeParent(): void {
    if (this.#observesParent || this.#state !== 'live' || !this.followsParent) return;
    this.#observesParent = true;
    this.parent.observe(this);
  }

  #letGo(): void {
    if (!this.#observesParent) return;
    this.#observesParent = false;
    this.parent.unobserve(this);
  }
}
