/** What an operation is told about the call it serves. */
export interface ExecutionContext {
  /**
   * Aborts when the caller aborts, when a timeout around the operation fires or when the attempt lost a hedge.
   * Made when first read, so an operation that ignores it pays nothing.
   */
  readonly signal: AbortSignal;
  /** The number of this attempt, from 1. */
  readonly attempt: number;
  /** The instant on the monotonic clock, in milliseconds, after which no answer is wanted. */
  readonly deadline: number | undefined;
  /** The key the caller passed, if any. */
  readonly key: string | undefined;
  /** Milliseconds left until {@link deadline}, never negative; pass it on to the next service. */
  remainingMs(): number | undefined;
}

/** The work to protect: it may return a value, a promise or any thenable, or throw. */
export type Operation<T> = (context: ExecutionContext) => T | PromiseLike<T>;

/** Options of one call. */
export interface ExecuteOptions {
  /** Cancels the call: it rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Time for the whole call with all its attempts and waits, in milliseconds from now. */
  readonly deadlineMs?: number | undefined;
  /** Selects the retry budget, the circuit of a keyed breaker and the call to coalesce with; named in events. */
  readonly key?: string | undefined;
  /**
   * `false` says that running the operation twice does harm. It is then repeated only after errors that prove
   * that it never ran.
   * @default true
   */
  readonly idempotent?: boolean | undefined;
}

/** Something that runs an operation under rules. Every policy of this package is one, and so is a pipeline. */
export interface Policy {
  execute<T>(operation: Operation<T>, options?: ExecuteOptions): Promise<T>;
}
