import type * as z from 'zod';
import { FaultError } from './fault-error.ts';
import { faultSchema } from './fault-schema.ts';
import type { Fault } from './fault.ts';

type Names = (name: string) => string;

const camelCase: Names = (name) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
const snakeCase: Names = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const asWritten: Names = (name) => name;

function renamed(value: unknown, names: Names): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [names(name), renamed(item, names)]));
}

/** The one problem of several branches of a union that says most: the branch that got furthest. */
function sharpest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const deepest = issue.errors.flat().sort((a, b) => b.path.length - a.path.length || rank(a) - rank(b))[0];
  return deepest ? sharpest({ ...deepest, path: [...issue.path, ...deepest.path] }) : issue;
}

const rank = (issue: z.core.$ZodIssue): number => (issue.code === 'invalid_type' ? 1 : 0);

function where(at: string, path: readonly PropertyKey[], names: Names): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${String(step)}]` : `${text}.${names(String(step))}`),
    at,
  );
}

function check(value: unknown, at: string, names: Names): Fault {
  const { data, error } = faultSchema.safeParse(value);
  if (data) return data;
  const [first] = error.issues;
  const issue = first && sharpest(first);
  const message = (issue?.message ?? 'is no fault').replace(/^Invalid input: /, '');
  throw new FaultError(`${where(at, issue?.path ?? [], names)}: ${message}`);
}

/** @throws {FaultError} naming the field */
export function checkedFault(fault: Fault): Fault {
  return check(fault, 'fault', asWritten);
}

/**
 * Reads a fault from JSON, whose fields are snake_case.
 *
 * @param at where it stands, for the error
 * @throws {FaultError} naming the field
 */
export function faultOf(json: unknown, at = 'fault'): Fault {
  return check(renamed(json, camelCase), at, snakeCase);
}

/** The JSON of a fault. */
export function faultJson(fault: object): unknown {
  return renamed(fault, snakeCase);
}

/** Reads `{"faults": [...]}`, or the bare array. @throws {FaultError} */
export function faultsOf(text: string): Fault[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FaultError('it is not JSON');
  }
  const list: unknown = Array.isArray(value) ? value : (value as { faults?: unknown } | null)?.faults;
  if (!Array.isArray(list)) throw new FaultError('it must hold an array, or an object with an array `faults`');
  return list.map((item, i) => faultOf(item, `faults[${String(i)}]`));
}
