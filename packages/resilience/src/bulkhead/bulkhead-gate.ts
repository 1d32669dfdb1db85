import type { Scope } from '../core/scope.ts';
import type { Sink, Stage } from '../core/stage.ts';
import { WaitingLine } from '../core/waiting-line.ts';
import { BulkheadFullError } from '../errors/bulkhead-full-error.ts';
import { withoutStack } from '../errors/without-stack.ts';
import type { EventSource } from '../events.ts';
import type { BulkheadEvents } from './bulkhead.ts';

/** Counts places; everyone who shares a bulkhead goes through its one gate. */
export class BulkheadGate {
  readonly #maxConcurrent: number;
  readonly #maxQueue: number;
  readonly #events: EventSource<BulkheadEvents>;
  readonly #line = new WaitingLine();
  #running = 0;
  #isDraining = false;

  constructor(maxConcurrent: number, maxQueue: number, events: EventSource<BulkheadEvents>) {
    this.#maxConcurrent = maxConcurrent;
    this.#maxQueue = maxQueue;
    this.#events = events;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#line.length;
  }

  enter(next: Stage, scope: Scope, sink: Sink): void {
    if (this.#running < this.#maxConcurrent && this.#line.length === 0) this.#run(next, scope, sink);
    else if (this.#line.length < this.#maxQueue) this.#wait(next, scope, sink);
    else this.#reject(scope, sink);
  }

  /** A place is free. Operations that end synchronously come back here, so the queue is emptied in a loop. */
  leave(): void {
    this.#running -= 1;
    if (this.#isDraining) return;
    this.#isDraining = true;
    while (this.#running < this.#maxConcurrent) {
      const waiter = this.#line.next();
      if (waiter === undefined) break;
      this.#run(waiter.next, waiter.scope, waiter.sink);
    }
    this.#isDraining = false;
  }

  #run(next: Stage, scope: Scope, sink: Sink): void {
    this.#running += 1;
    next.start(scope, new Place(this, sink));
  }

  #wait(next: Stage, scope: Scope, sink: Sink): void {
    this.#line.join(next, scope, sink);
    const { key } = scope;
    if (this.#events.hears('queued')) this.#events.emit('queued', { waiting: this.#line.length, key });
  }

  #reject(scope: Scope, sink: Sink): void {
    const error = withoutStack(() => new BulkheadFullError(this.#maxConcurrent, this.#maxQueue));
    if (this.#events.hears('rejection')) this.#events.emit('rejection', { error, key: scope.key });
    sink.fail(error);
  }
}

/** One taken place; it is free again before the outcome is handed on. */
class Place implements Sink {
  readonly #gate: BulkheadGate;
  readonly #sink: Sink;

  constructor(gate: BulkheadGate, sink: Sink) {
    this.#gate = gate;
    this.#sink = sink;
  }

  ok(value: unknown): void {
    this.#gate.leave();
    this.#sink.ok(value);
  }

  fail(error: unknown): void {
    this.#gate.leave();
    this.#sink.fail(error);
  }
}
