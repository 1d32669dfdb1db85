import type { TimerHandle } from '../clock.ts';
import { AbortableScope } from '../core/abortable-scope.ts';
import { discardBody } from '../core/discard.ts';
import type { AbortObserver, Scope } from '../core/scope.ts';
import type { Sink, Stage } from '../core/stage.ts';
import type { Hedge } from './hedge.ts';

/** A hedge in its place inside a pipeline. */
export class HedgeStage implements Stage {
  readonly #policy: Hedge;
  readonly #next: Stage;

  constructor(policy: Hedge, next: Stage) {
    this.#policy = policy;
    this.#next = next;
  }

  start(scope: Scope, sink: Sink): void {
    if (scope.call.options?.idempotent === false) this.#next.start(scope, sink);
    else new Race(this.#policy, this.#next, scope, sink).start();
  }
}

class Race implements AbortObserver {
  readonly #policy: Hedge;
  readonly #next: Stage;
  readonly #scope: Scope;
  readonly #sink: Sink;
  readonly #runners = new Set<Runner>();
  #started = 0;
  #timer: TimerHandle | undefined;
  #isOver = false;

  constructor(policy: Hedge, next: Stage, scope: Scope, sink: Sink) {
    this.#policy = policy;
    this.#next = next;
    this.#scope = scope;
    this.#sink = sink;
  }

  start(): void {
    this.#scope.observe(this);
    this.#send();
  }

  won(runner: Runner, value: unknown, tookMs: number): void {
    this.#runners.delete(runner);
    if (!this.#end()) {
      discardBody(value);
      return;
    }
    const { events } = this.#policy;
    this.#policy.answered(tookMs);
    if (events.hears('won')) events.emit('won', { attempt: runner.attempt, key: this.#scope.key });
    this.#stopOthers();
    this.#sink.ok(value);
  }

  lost(runner: Runner, error: unknown): void {
    this.#runners.delete(runner);
    // Another runner may still answer. None is started early: trying again after errors is the job of retry.
    if (this.#runners.size === 0 && this.#end()) this.#sink.fail(error);
  }

  aborted(reason: unknown): void {
    if (this.#end()) this.#sink.fail(reason);
  }

  #send(): void {
    this.#started += 1;
    const runner = new Runner(this, this.#scope, this.#scope.attempt + this.#started - 1);
    this.#runners.add(runner);
    this.#next.start(runner, runner);
    if (this.#isOver || this.#started > this.#policy.maxHedges) return;
    const { delayMs, clock, events } = this.#policy;
    this.#timer = clock.setTimer(delayMs, () => {
      const { attempt, key } = this.#scope;
      if (events.hears('hedge')) events.emit('hedge', { attempt: attempt + this.#started, delayMs, key });
      // A listener may have aborted the call.
      if (!this.#isOver) this.#send();
    });
  }

  #stopOthers(): void {
    for (const runner of this.#runners) runner.stop();
  }

  /** @returns whether it was not over before. */
  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#timer?.();
    this.#scope.unobserve(this);
    return true;
  }
}

/** One start of the operation: a scope that can be aborted alone. */
class Runner extends AbortableScope implements Sink {
  readonly #race: Race;
  readonly #attempt: number;
  readonly #startedAt: number;

  constructor(race: Race, parent: Scope, attempt: number) {
    super(parent);
    this.#race = race;
    this.#attempt = attempt;
    this.#startedAt = this.call.clock.monotonic();
  }

  override get attempt(): number {
    return this.#attempt;
  }

  ok(value: unknown): void {
    this.close();
    this.#race.won(this, value, this.call.clock.monotonic() - this.#startedAt);
  }

  fail(error: unknown): void {
    this.close();
    this.#race.lost(this, error);
  }

  stop(): void {
    this.abort(new DOMException('Another start of the operation answered first', 'AbortError'));
  }
}
