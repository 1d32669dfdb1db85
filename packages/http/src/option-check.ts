import * as z from 'zod/mini';
import { InvalidConfigError } from './errors.ts';

const longestTimer = 2 ** 31 - 1;

function number(must: string, holds: (value: number) => boolean) {
  return z.number(must).check(z.refine(holds, must));
}

/** A time that a timer can hold, in ms. */
export const milliseconds = number(
  `must be a number of ms in (0, ${String(longestTimer)}]`,
  (ms) => ms > 0 && ms <= longestTimer,
);

/** A time that may be over already, in ms. */
export const deadline = number(
  `must be a number of ms in [0, ${String(longestTimer)}]`,
  (ms) => ms >= 0 && ms <= longestTimer,
);

/** A time that may be none at all, in ms. */
export const waitMs = number('must be a number of ms >= 0', (ms) => ms >= 0);

/** An integer of at least `min` and at most `max`. */
export function integerFrom(min: number, max = Number.MAX_SAFE_INTEGER) {
  const must =
    max === Number.MAX_SAFE_INTEGER
      ? `must be an integer >= ${String(min)}`
      : `must be an integer from ${String(min)} to ${String(max)}`;
  return number(must, (value) => Number.isSafeInteger(value) && value >= min && value <= max);
}

export const flag = z.boolean('must be true or false');
export const nonEmptyText = z.string('must be a string').check(z.minLength(1, 'must not be empty'));

/** A function, whatever it takes and gives. */
export const callback = z.custom((value) => typeof value === 'function', 'must be a function');

/** An object that has these methods, such as a port. */
export function having(...methods: readonly string[]) {
  const holds = (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
  return z.custom(holds, `must be an object with ${methods.join(', ')}`);
}

/** Options by name, every one of them optional; a name that is none of them is refused. */
export function optionsOf(shape: Readonly<Record<string, z.ZodMiniType>>) {
  const optional = Object.entries(shape).map(([name, schema]) => [name, z.optional(schema)] as const);
  return z.strictObject(Object.fromEntries(optional), {
    error: (issue) => (issue.code === 'invalid_type' ? 'must be an object of options' : undefined),
  });
}

/** Of alternatives, what is wrong inside the one that was meant. */
function meant(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors.map(([first]) => first).find((first) => first && isInside(first));
  return inner ? { ...inner, path: [...issue.path, ...inner.path] } : issue;
}

function isInside({ code, path }: z.core.$ZodIssue): boolean {
  return path.length > 0 || code === 'unrecognized_keys';
}

function valueAt(options: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<PropertyKey, unknown> | undefined)?.[step], options);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100));
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

/**
 * Checks options as their user wrote them. Options named in `secret` are never shown, nor is anything inside them.
 *
 * @throws {InvalidConfigError} naming the first option that is wrong, what it must be, and its value
 */
export function checkOptions(schema: z.ZodMiniType, options: unknown, secret: readonly string[] = []): void {
  const result = z.safeParse(schema, options);
  const found = result.error?.issues[0];
  if (found === undefined) return;
  const issue = meant(found);
  const option = issue.path.map(String).join('.') || 'the options';
  if (issue.code === 'unrecognized_keys') {
    const unknown = [...issue.path, issue.keys[0]].map(String).join('.');
    throw new InvalidConfigError(`there is no option ${unknown}`);
  }
  const value = secret.includes(String(issue.path[0])) ? '' : `, got ${shown(valueAt(options, issue.path))}`;
  throw new InvalidConfigError(`${option} ${issue.message}${value}`);
}
