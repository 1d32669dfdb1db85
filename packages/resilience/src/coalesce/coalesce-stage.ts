import { AbortableScope } from '../core/abortable-scope.ts';
import type { AbortObserver, Scope } from '../core/scope.ts';
import type { Sink, Stage } from '../core/stage.ts';
import type { Coalesce } from './coalesce.ts';

/** Coalescing in its place inside a pipeline. Calls meet only in the same pipeline: elsewhere they mean other work. */
export class CoalesceStage implements Stage {
  readonly #policy: Coalesce;
  readonly #next: Stage;
  readonly #flights = new Map<string, Flight>();

  constructor(policy: Coalesce, next: Stage) {
    this.#policy = policy;
    this.#next = next;
  }

  start(scope: Scope, sink: Sink): void {
    const { key } = scope;
    if (key === undefined) {
      this.#next.start(scope, sink);
      return;
    }
    const present = this.#flights.get(key);
    if (present !== undefined) {
      present.board(scope, sink);
      const { events } = this.#policy;
      if (events.hears('joined')) events.emit('joined', { key, waiting: present.size });
      return;
    }
    const flight = new Flight(scope, () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    this.#flights.set(key, flight);
    flight.board(scope, sink);
    this.#next.start(flight, flight);
  }
}

/** The shared operation. It belongs to all its passengers, so it outlives the call that started it. */
class Flight extends AbortableScope implements Sink {
  readonly #passengers = new Set<Passenger>();
  readonly #landed: () => void;

  constructor(first: Scope, landed: () => void) {
    super(first);
    this.#landed = landed;
  }

  get size(): number {
    return this.#passengers.size;
  }

  /** The deadline of one passenger is not that of the others. */
  override get deadline(): undefined {
    return undefined;
  }

  protected override get followsParent(): boolean {
    return false;
  }

  board(scope: Scope, sink: Sink): void {
    const passenger = new Passenger(this, scope, sink);
    this.#passengers.add(passenger);
    scope.observe(passenger);
  }

  leave(passenger: Passenger, reason: unknown): void {
    this.#passengers.delete(passenger);
    if (this.#passengers.size > 0) return;
    this.#landed();
    this.abort(reason);
  }

  ok(value: unknown): void {
    for (const passenger of this.#land()) passenger.arrive().ok(value);
  }

  fail(error: unknown): void {
    for (const passenger of this.#land()) passenger.arrive().fail(error);
  }

  #land(): Passenger[] {
    this.#landed();
    this.close();
    const passengers = [...this.#passengers];
    this.#passengers.clear();
    return passengers;
  }
}

class Passenger implements AbortObserver {
  readonly #flight: Flight;
  readonly #scope: Scope;
  readonly #sink: Sink;

  constructor(flight: Flight, scope: Scope, sink: Sink) {
    this.#flight = flight;
    this.#scope = scope;
    this.#sink = sink;
  }

  arrive(): Sink {
    this.#scope.unobserve(this);
    return this.#sink;
  }

  aborted(reason: unknown): void {
    this.#flight.leave(this, reason);
    this.#sink.fail(reason);
  }
}
