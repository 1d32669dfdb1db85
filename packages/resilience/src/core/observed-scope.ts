import { type AbortObserver, Scope } from './scope.ts';

/** A scope with observers; the usual one needs no collection. */
export abstract class ObservedScope extends Scope {
  #observers: AbortObserver | Set<AbortObserver> | undefined;

  protected get isObserved(): boolean {
    return this.#observers !== undefined;
  }

  override observe(observer: AbortObserver): void {
    const present = this.#observers;
    if (present === undefined) this.#observers = observer;
    else if (present instanceof Set) present.add(observer);
    else this.#observers = new Set([present, observer]);
  }

  override unobserve(observer: AbortObserver): void {
    const present = this.#observers;
    if (present === observer) this.#observers = undefined;
    else if (present instanceof Set && present.delete(observer) && present.size === 0) this.#observers = undefined;
  }

  protected notify(reason: unknown): void {
    const present = this.#observers;
    this.#observers = undefined;
    if (present instanceof Set) for (const observer of present) observer.aborted(reason);
    else present?.aborted(reason);
  }
}
