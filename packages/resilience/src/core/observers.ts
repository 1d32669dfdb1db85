import type { AbortObserver } from './scope.ts';

/** A set of observers that needs no collection for the usual one. */
export class Observers {
  #first: AbortObserver | undefined;
  #more: Set<AbortObserver> | undefined;

  get isEmpty(): boolean {
    return this.#first === undefined && (this.#more === undefined || this.#more.size === 0);
  }

  add(observer: AbortObserver): void {
    if (this.#first === undefined) this.#first = observer;
    else (this.#more ??= new Set()).add(observer);
  }

  delete(observer: AbortObserver): void {
    if (this.#first === observer) this.#first = undefined;
    else this.#more?.delete(observer);
  }

  notify(reason: unknown): void {
    const first = this.#first;
    const more = this.#more;
    this.#first = undefined;
    this.#more = undefined;
    first?.aborted(reason);
    if (more !== undefined) for (const observer of more) observer.aborted(reason);
  }
}
