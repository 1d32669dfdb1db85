import { AbortableScope } from '../core/abortable-scope.ts';
import type { Scope } from '../core/scope.ts';
import type { Sink, Stage } from '../core/stage.ts';
import { TimeoutError } from '../errors/timeout-error.ts';
import type { Timeout } from './timeout.ts';

/** A timeout in its place inside a pipeline. */
export class TimeoutStage implements Stage {
  readonly policy: Timeout;
  readonly #next: Stage;

  constructor(policy: Timeout, next: Stage) {
    this.policy = policy;
    this.#next = next;
  }

  start(scope: Scope, sink: Sink): void {
    const frame = new TimeoutFrame(scope, sink, this.policy);
    this.#next.start(frame, frame);
  }
}

class TimeoutFrame extends AbortableScope implements Sink {
  readonly #policy: Timeout;
  readonly #sink: Sink;
  readonly #cancel: () => void;
  #settled = false;
  #error: TimeoutError | undefined;

  constructor(parent: Scope, sink: Sink, policy: Timeout) {
    super(parent, Math.min(parent.deadline ?? Infinity, policy.clock.monotonic() + policy.ms));
    this.#policy = policy;
    this.#sink = sink;
    this.#cancel = policy.clock.setTimer(policy.ms, () => this.#timedOut());
    if (policy.isAggressive) this.observeParent();
  }

  override aborted(reason: unknown): void {
    super.aborted(reason);
    if (this.#policy.isAggressive) this.fail(reason);
  }

  ok(value: unknown): void {
    if (this.#settle()) this.#sink.ok(value);
  }

  fail(error: unknown): void {
    if (!this.#settle()) return;
    const timeout = this.#error;
    if (timeout !== undefined && error !== timeout) timeout.cause ??= error;
    this.#sink.fail(timeout ?? error);
  }

  #timedOut(): void {
    const error = new TimeoutError(this.#policy.ms);
    this.#error = error;
    const { events } = this.#policy;
    if (events.hears('timeout')) events.emit('timeout', { timeoutMs: this.#policy.ms, key: this.key, error });
    this.abort(error);
    if (this.#policy.isAggressive) this.fail(error);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#cancel();
    this.close();
    return true;
  }
}
