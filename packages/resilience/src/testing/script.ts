import type { ExecutionContext, Operation } from '../policy.ts';

/** One scripted attempt. */
export type Step<T> = (context: ExecutionContext) => T | PromiseLike<T>;

/** An operation that plays a script. */
export interface ScriptedOperation<T> extends Operation<T> {
  /** The attempts made so far, in order. */
  readonly calls: readonly ExecutionContext[];
}

/** The attempt succeeds with `value`. */
export function succeed<T>(value: T): Step<T> {
  return () => Promise.resolve(value);
}

/** The attempt fails with `error`. */
export function fail(error: unknown): Step<never> {
  return async () => {
    await Promise.resolve();
    throw error as Error;
  };
}

/** The attempt never settles by itself; it rejects with the reason once its signal aborts. */
export function hang(): Step<never> {
  return ({ signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
}

/** The attempt never settles and ignores its signal. */
export function hangForever(): Step<never> {
  return () => new Promise(() => undefined);
}

/**
 * An operation whose attempts follow `steps`; the last step is repeated.
 *
 * @example
 * ```ts
 * const operation = script(fail(new Error('once')), succeed('ok'));
 * ```
 */
export function script<T>(...steps: readonly [Step<T>, ...Step<T>[]]): ScriptedOperation<T> {
  const calls: ExecutionContext[] = [];
  const operation: Operation<T> = (context) => {
    calls.push(context);
    const step = steps[Math.min(calls.length, steps.length) - 1] ?? steps[0];
    return step(context);
  };
  return Object.assign(operation, { calls });
}
