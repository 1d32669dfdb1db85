import { InvalidOptionError } from './errors/invalid-option-error.ts';

/** @throws InvalidOptionError unless `value` is an integer of at least `min` (or `Infinity` where allowed). */
export function integer(option: string, value: number, min: number, unbounded = false): number {
  if (Number.isSafeInteger(value) && value >= min) return value;
  if (unbounded && value === Infinity) return value;
  throw new InvalidOptionError(option, `an integer >= ${min}${unbounded ? ' or Infinity' : ''}`, value);
}

/** @throws InvalidOptionError unless `value` is a number in [min, max]. */
export function between(option: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `a number >= ${min}` : `a number between ${min} and ${max}`;
  throw new InvalidOptionError(option, range, value);
}

/** @throws InvalidOptionError unless `value` is one of `allowed`. */
export function oneOf<T extends string>(option: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new InvalidOptionError(option, `one of ${allowed.join(', ')}`, value);
}
