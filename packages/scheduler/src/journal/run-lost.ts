import { SchedulerError } from '../scheduler-error.ts';

/** The refusal of a write by a holder from before. */
export function runLost(runId: string): SchedulerError {
  return new SchedulerError('run_lost', `Run ${runId} was taken over by another scheduler`);
}
