import { AbortableScope } from '../core/abortable-scope.ts';
import type { Scope } from '../core/scope.ts';
import type { Sink, Stage } from '../core/stage.ts';
import { discardBody } from '../core/discard.ts';
import { TimeoutError } from '../errors/timeout-error.ts';
import type { QueuedTimer } from './timer-queue.ts';
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

class TimeoutFrame extends AbortableScope implements Sink, QueuedTimer {
  dueAt = 0;
  before: QueuedTimer | undefined;
  after: QueuedTimer | undefined;
  readonly #policy: Timeout;
  readonly #sink: Sink;
  #settled = false;
  #error: TimeoutError | undefined;

  constructor(parent: Scope, sink: Sink, policy: Timeout) {
    super(parent);
    this.#policy = policy;
    this.#sink = sink;
    policy.timers.add(this);
    if (policy.isAggressive) this.observeParent();
  }

  override get deadline(): number {
    const outer = this.parent.deadline;
    return outer === undefined || outer > this.dueAt ? this.dueAt : outer;
  }

  override aborted(reason: unknown): void {
    super.aborted(reason);
    if (this.#policy.isAggressive) this.fail(reason);
  }

  ok(value: unknown): void {
    if (this.#settle()) this.#sink.ok(value);
    else discardBody(value);
  }

  fail(error: unknown): void {
    if (!this.#settle()) return;
    const timeout = this.#error;
    if (timeout !== undefined && error !== timeout) timeout.cause ??= error;
    this.#sink.fail(timeout ?? error);
  }

  due(): void {
    const { ms, events, isAggressive } = this.#policy;
    // The caller was first.
    if (this.isAborted) return;
    const error = new TimeoutError(ms);
    this.#error = error;
    if (events.hears('timeout')) events.emit('timeout', { timeoutMs: ms, key: this.key, error });
    this.abort(error);
    if (isAggressive) this.fail(error);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#policy.timers.delete(this);
    this.close();
    return true;
  }
}
