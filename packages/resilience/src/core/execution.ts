import type { Clock } from '../clock.ts';
import type { ExecuteOptions, Operation } from '../policy.ts';
import { Observers } from './observers.ts';
import { type AbortObserver, Scope } from './scope.ts';
import type { Sink } from './stage.ts';

/** One call of `execute`: its outermost scope, and the sink that settles the caller's promise. */
export class Execution extends Scope implements Sink {
  override readonly call: Execution;
  override readonly attempt = 1;
  override readonly deadline: number | undefined;
  readonly operation: Operation<unknown>;
  readonly options: ExecuteOptions | undefined;
  readonly clock: Clock;
  readonly ok: (value: unknown) => void;
  readonly fail: (error: unknown) => void;
  #signal: AbortSignal | undefined;
  #observers: Observers | undefined;
  #listener: (() => void) | undefined;

  constructor(
    operation: Operation<unknown>,
    options: ExecuteOptions | undefined,
    clock: Clock,
    ok: (value: unknown) => void,
    fail: (error: unknown) => void,
  ) {
    super();
    this.call = this;
    this.operation = operation;
    this.options = options;
    this.clock = clock;
    this.deadline = undefined;
    this.ok = ok;
    this.fail = fail;
    this.#signal = options?.signal;
  }

  override get signal(): AbortSignal {
    return (this.#signal ??= new AbortController().signal);
  }

  override get isAborted(): boolean {
    return this.#signal?.aborted ?? false;
  }

  override get reason(): unknown {
    return this.#signal?.reason;
  }

  override observe(observer: AbortObserver): void {
    const signal = this.options?.signal;
    if (signal === undefined) return;
    (this.#observers ??= new Observers()).add(observer);
    if (this.#listener !== undefined) return;
    this.#listener = () => this.#observers?.notify(signal.reason);
    signal.addEventListener('abort', this.#listener, { once: true });
  }

  override unobserve(observer: AbortObserver): void {
    if (this.#observers === undefined) return;
    this.#observers.delete(observer);
    if (!this.#observers.isEmpty || this.#listener === undefined) return;
    this.options?.signal?.removeEventListener('abort', this.#listener);
    this.#listener = undefined;
  }
}
