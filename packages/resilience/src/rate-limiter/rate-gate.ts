import type { Clock, TimerHandle } from '../clock.ts';
import type { Scope } from '../core/scope.ts';
import type { Sink, Stage } from '../core/stage.ts';
import { WaitingLine } from '../core/waiting-line.ts';
import { RateLimitedError } from '../errors/rate-limited-error.ts';
import { withoutStack } from '../errors/without-stack.ts';
import type { EventSource } from '../events.ts';
import type { Rate } from './rate.ts';
import type { RateLimiterEvents } from './rate-limiter.ts';

/** Lets calls through at a rate, in the order of arrival, with one timer for the first of the line. */
export class RateGate {
  readonly #clock: Clock;
  readonly #rate: Rate;
  readonly #maxQueue: number;
  readonly #events: EventSource<RateLimiterEvents>;
  readonly #line = new WaitingLine(() => this.#left());
  #timer: TimerHandle | undefined;

  constructor(clock: Clock, rate: Rate, maxQueue: number, events: EventSource<RateLimiterEvents>) {
    this.#clock = clock;
    this.#rate = rate;
    this.#maxQueue = maxQueue;
    this.#events = events;
  }

  get waiting(): number {
    return this.#line.length;
  }

  enter(next: Stage, scope: Scope, sink: Sink): void {
    if (this.#line.length === 0) {
      const waitMs = this.#rate.take(this.#clock.monotonic());
      if (waitMs === 0) next.start(scope, sink);
      else if (this.#maxQueue === 0) this.#reject(waitMs, scope, sink);
      else this.#wait(next, scope, sink, waitMs);
    } else if (this.#line.length < this.#maxQueue) {
      this.#wait(next, scope, sink, undefined);
    } else {
      this.#reject(this.#rate.waitMs(this.#clock.monotonic()), scope, sink);
    }
  }

  #wait(next: Stage, scope: Scope, sink: Sink, waitMs: number | undefined): void {
    this.#line.join(next, scope, sink);
    if (waitMs !== undefined) this.#arm(waitMs);
    const { key } = scope;
    if (this.#events.hears('queued')) this.#events.emit('queued', { waiting: this.#line.length, key });
  }

  #arm(waitMs: number): void {
    this.#timer = this.#clock.setTimer(Math.ceil(waitMs), () => this.#admit());
  }

  /** The first of the line may go, and whoever else there is room for. */
  #admit(): void {
    this.#timer = undefined;
    while (this.#line.length > 0) {
      const waitMs = this.#rate.take(this.#clock.monotonic());
      if (waitMs > 0) {
        this.#arm(waitMs);
        return;
      }
      const waiter = this.#line.next();
      waiter?.next.start(waiter.scope, waiter.sink);
    }
  }

  #left(): void {
    if (this.#line.length > 0) return;
    this.#timer?.();
    this.#timer = undefined;
  }

  #reject(retryAfterMs: number, scope: Scope, sink: Sink): void {
    const error = withoutStack(() => new RateLimitedError(retryAfterMs));
    if (this.#events.hears('rejection')) this.#events.emit('rejection', { error, key: scope.key });
    sink.fail(error);
  }
}
