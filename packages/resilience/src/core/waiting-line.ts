import type { AbortObserver, Scope } from './scope.ts';
import type { Sink, Stage } from './stage.ts';

/** A call that waits for its turn. */
export class Waiter implements AbortObserver {
  /** Where it goes on. */
  readonly next: Stage;
  readonly scope: Scope;
  readonly sink: Sink;
  readonly #line: WaitingLine;

  constructor(line: WaitingLine, next: Stage, scope: Scope, sink: Sink) {
    this.#line = line;
    this.next = next;
    this.scope = scope;
    this.sink = sink;
  }

  aborted(reason: unknown): void {
    this.#line.leave(this);
    this.sink.fail(reason);
  }
}

/** First come, first served; a call that is aborted leaves at once and frees its place. */
export class WaitingLine {
  // A Set keeps the order of arrival and forgets from the middle without moving the rest.
  readonly #waiters = new Set<Waiter>();
  readonly #onLeave: () => void;

  constructor(onLeave: () => void = () => undefined) {
    this.#onLeave = onLeave;
  }

  get length(): number {
    return this.#waiters.size;
  }

  join(next: Stage, scope: Scope, sink: Sink): void {
    const waiter = new Waiter(this, next, scope, sink);
    this.#waiters.add(waiter);
    scope.observe(waiter);
  }

  leave(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    this.#onLeave();
  }

  /** Takes out who came first. */
  next(): Waiter | undefined {
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter);
      waiter.scope.unobserve(waiter);
      return waiter;
    }
    return undefined;
  }
}
