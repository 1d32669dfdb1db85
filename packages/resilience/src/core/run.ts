import type { Clock } from '../clock.ts';
import type { ExecuteOptions, Operation } from '../policy.ts';
import { DeadlineStage } from './deadline-stage.ts';
import { Execution } from './execution.ts';
import type { Stage } from './stage.ts';

/** Runs `operation` under `stage`; the one place where the promise of a call is made. */
export function run<T>(
  stage: Stage,
  clock: Clock,
  operation: Operation<T>,
  options: ExecuteOptions | undefined,
): Promise<T> {
  const call = new Execution(operation, options, clock);
  try {
    if (call.isAborted) call.fail(call.reason);
    else if (options?.deadlineMs === undefined) stage.start(call, call);
    else new DeadlineStage(options.deadlineMs, stage).start(call, call);
  } catch (error) {
    // Only options of this call that make no sense get here.
    call.fail(error);
  }
  return call.promise() as Promise<T>;
}
