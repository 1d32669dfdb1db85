import { TimeoutError } from '../errors/timeout-error.ts';
import { between } from '../options.ts';
import { discardBody } from './discard.ts';
import { AbortableScope } from './abortable-scope.ts';
import type { Scope } from './scope.ts';
import type { Sink, Stage } from './stage.ts';

/** Ends everything inside it at one instant: the `deadlineMs` of a call. */
export class DeadlineStage implements Stage {
  readonly #ms: number;
  readonly #next: Stage;

  constructor(ms: number, next: Stage) {
    this.#ms = between('deadlineMs', ms, 0);
    this.#next = next;
  }

  start(scope: Scope, sink: Sink): void {
    const frame = new DeadlineFrame(scope, sink, this.#ms);
    this.#next.start(frame, frame);
  }
}

class DeadlineFrame extends AbortableScope implements Sink {
  readonly #deadline: number;
  readonly #sink: Sink;
  readonly #cancel: () => void;
  #settled = false;

  constructor(parent: Scope, sink: Sink, ms: number) {
    super(parent);
    const { clock } = parent.call;
    this.#deadline = clock.monotonic() + ms;
    this.#sink = sink;
    this.#cancel = clock.setTimer(ms, () => {
      const error = new TimeoutError(ms, 'deadline');
      this.abort(error);
      this.fail(error);
    });
    this.observeParent();
  }

  override get deadline(): number {
    return this.#deadline;
  }

  override aborted(reason: unknown): void {
    super.aborted(reason);
    this.fail(reason);
  }

  ok(value: unknown): void {
    if (this.#settle()) this.#sink.ok(value);
    else discardBody(value);
  }

  fail(error: unknown): void {
    if (this.#settle()) this.#sink.fail(error);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#cancel();
    this.close();
    return true;
  }
}
