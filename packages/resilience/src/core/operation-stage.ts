import type { Operation } from '../policy.ts';
import type { Scope } from './scope.ts';
import type { Sink, Stage } from './stage.ts';

/** The innermost stage: runs the operation. */
export const operationStage: Stage = {
  start: (scope, sink) => {
    callStage(scope.call.operation, scope, sink);
  },
};

/** Calls `operation` and hands its outcome to `sink`: a value, a promise, any thenable or a synchronous throw. */
export function callStage(operation: Operation<unknown>, scope: Scope, sink: Sink): void {
  let result: unknown;
  try {
    result = operation(scope);
    // `Promise.resolve` keeps native promises and tames every other thenable: one outcome, never synchronous.
    if (isThenable(result)) result = Promise.resolve(result);
  } catch (error) {
    sink.fail(error);
    return;
  }
  if (!(result instanceof Promise)) {
    sink.ok(result);
    return;
  }
  // Both outcomes are always observed, so an operation that fails after its timeout is never unhandled.
  result.then(
    (value) => {
      sink.ok(value);
    },
    (error: unknown) => {
      sink.fail(error);
    },
  );
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value instanceof Promise ||
    (((typeof value === 'object' && value !== null) || typeof value === 'function') &&
      typeof (value as { then?: unknown }).then === 'function')
  );
}
