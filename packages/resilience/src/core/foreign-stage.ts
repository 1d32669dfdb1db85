import type { ExecuteOptions, Policy } from '../policy.ts';
import type { Stage } from './stage.ts';

/** A policy that is not from this copy of the package, called through its `execute`. */
export function foreignStage(policy: Policy, next: Stage): Stage {
  return {
    start(scope, sink) {
      const options: ExecuteOptions = {
        ...scope.call.options,
        signal: scope.signal,
        deadlineMs: scope.remainingMs(),
      };
      const inner = (): Promise<unknown> =>
        new Promise((resolve, reject) => {
          next.start(scope, { ok: resolve, fail: reject });
        });
      Promise.resolve()
        .then(() => policy.execute(inner, options))
        .then(
          (value) => {
            sink.ok(value);
          },
          (error: unknown) => {
            sink.fail(error);
          },
        );
    },
  };
}
