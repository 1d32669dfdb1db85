import type { Clock } from '../clock.ts';
import type { ExecuteOptions, Operation } from '../policy.ts';
import { ObservedScope } from './observed-scope.ts';
import type { AbortObserver } from './scope.ts';
import type { Sink } from './stage.ts';

type Settle = (value: unknown) => void;

const settled = Promise.resolve();
let resolveNew: Settle | undefined;
let rejectNew: Settle | undefined;
/** One executor for all promises: a closure per call would be a tenth of the cost of a call. */
const capture = (resolve: Settle, reject: Settle): void => {
  resolveNew = resolve;
  rejectNew = reject;
};

/** One call of `execute`: its outermost scope, and the sink that settles the caller's promise. */
export class Execution extends ObservedScope implements Sink {
  readonly operation: Operation<unknown>;
  readonly options: ExecuteOptions | undefined;
  readonly clock: Clock;
  /** Resolves the promise; before there is one, it says how the call has ended already. */
  #resolve: Settle | (() => unknown) | undefined;
  #reject: Settle | undefined;
  /** The listener on the caller's signal or, for a call without one, the signal made for the operation. */
  #link: (() => void) | AbortSignal | undefined;

  constructor(operation: Operation<unknown>, options: ExecuteOptions | undefined, clock: Clock) {
    super();
    this.operation = operation;
    this.options = options;
    this.clock = clock;
  }

  override get call(): this {
    return this;
  }

  override get attempt(): number {
    return 1;
  }

  override get deadline(): number | undefined {
    return undefined;
  }

  override get signal(): AbortSignal {
    return this.options?.signal ?? ((this.#link ??= new AbortController().signal) as AbortSignal);
  }

  override get isAborted(): boolean {
    return this.options?.signal?.aborted ?? false;
  }

  override get reason(): unknown {
    return this.options?.signal?.reason as unknown;
  }

  /** The promise for the caller, made after the stages have started. */
  promise(): Promise<unknown> {
    // A promise that is rejected before anyone could listen goes through the host's tracking of unhandled
    // rejections, which costs more than all the rest; this one settles a microtask later, when the caller listens.
    if (this.#resolve !== undefined) return settled.then(this.#resolve);
    const promise = new Promise<unknown>(capture);
    this.#resolve = resolveNew;
    this.#reject = rejectNew;
    return promise;
  }

  ok(value: unknown): void {
    if (this.#reject === undefined) this.#resolve = () => value;
    else this.#resolve?.(value);
  }

  fail(error: unknown): void {
    if (this.#reject !== undefined) {
      this.#reject(error);
      return;
    }
    this.#resolve = () => {
      throw error;
    };
  }

  override observe(observer: AbortObserver): void {
    const signal = this.options?.signal;
    if (signal === undefined) return;
    super.observe(observer);
    if (this.#link !== undefined) return;
    const listener = (): void => this.notify(signal.reason);
    signal.addEventListener('abort', listener);
    this.#link = listener;
  }

  override unobserve(observer: AbortObserver): void {
    super.unobserve(observer);
    const listener = this.#link;
    if (typeof listener !== 'function' || this.isObserved) return;
    this.options?.signal?.removeEventListener('abort', listener);
    this.#link = undefined;
  }
}
