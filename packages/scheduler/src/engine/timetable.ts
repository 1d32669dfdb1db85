import { Cron } from 'croner';
import { SchedulerError } from '../scheduler-error.ts';

/** When runs fall due by the wall clock. */
export interface Timetable {
  /** The first due time after `ms`, `undefined` when there is none. Milliseconds since the epoch. */
  next(ms: number): number | undefined;
}

/**
 * @param cron five or six fields (seconds first), or a nickname such as `@daily`
 * @param timeZone an IANA name; a wall time that a change of clocks skips runs after the gap, one that it repeats runs once
 * @throws {SchedulerError} `invalid_config`
 */
export function cronTimetable(cron: string, timeZone: string): Timetable {
  let pattern: Cron;
  try {
    // Without a function it only computes.
    pattern = new Cron(cron, { timezone: timeZone, paused: true });
  } catch (cause) {
    throw new SchedulerError('invalid_config', `\`cron\` must be a cron pattern, got ${JSON.stringify(cron)}`, {
      cause,
    });
  }
  const next = (ms: number): number | undefined => pattern.nextRun(new Date(ms))?.getTime();
  try {
    next(0);
  } catch (cause) {
    const message = `\`timeZone\` must be an IANA time zone, got ${JSON.stringify(timeZone)}`;
    throw new SchedulerError('invalid_config', message, { cause });
  }
  return { next };
}
