import { ResilienceError, resilienceCode } from './resilience-error.ts';

/** An option has a value it cannot have. Raised while a policy is built; the message names option and value. */
export class InvalidOptionError extends ResilienceError {
  /** The name of the option. */
  readonly option: string;

  constructor(option: string, expected: string, got: unknown) {
    super(`\`${option}\` must be ${expected}, got ${describe(got)}`);
    this.option = option;
  }

  override get name(): 'InvalidOptionError' {
    return 'InvalidOptionError';
  }

  override get code(): 'invalid_option' {
    return 'invalid_option';
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

/** @returns whether `error` is an {@link InvalidOptionError} of any copy of this package. */
export function isInvalidOptionError(error: unknown): error is InvalidOptionError {
  return resilienceCode(error) === 'invalid_option';
}
