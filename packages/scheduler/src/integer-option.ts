import { SchedulerError } from './scheduler-error.ts';

/** @throws {SchedulerError} `invalid_config`, naming the option */
export function integer(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new SchedulerError('invalid_config', `\`${name}\` must be an integer between ${min} and ${max}, got ${value}`);
}
