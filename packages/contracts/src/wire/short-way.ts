import type * as z from 'zod/mini';
import { freeForm } from '../fields.ts';
import { readInstant, writeInstant } from './instant.ts';
import { snakeCase } from './names.ts';
import { unfit } from './unfit.ts';

type Fields = Record<string, unknown>;
type AnySchema = z.core.$ZodType;

/** What zod would make of a value, or `unfit`. */
export type Reader = (value: unknown) => unknown;

/** From what to what: names, instants, whether what is missing gets its default, and how zod is asked for it. */
export interface Direction {
  readonly from: (camel: string) => string;
  readonly to: (camel: string) => string;
  readonly instant: Reader | undefined;
  readonly fillsDefaults: boolean;
  readonly context: z.core.ParseContextInternal;
}

const asItIs = (camel: string): string => camel;
const context = { async: false } as const;
const forward = { to: asItIs, fillsDefaults: true, context };

export const parsing: Direction = { ...forward, from: asItIs, instant: undefined };
export const decoding: Direction = { ...forward, from: snakeCase, instant: readInstant };
export const encoding: Direction = {
  from: asItIs,
  to: snakeCase,
  instant: writeInstant,
  fillsDefaults: false,
  context: { ...context, direction: 'backward' },
};

/**
 * The short way through a schema: containers are walked by functions made once, which keep no path and collect no
 * issues; every scalar is judged by zod. It takes a third of the time that zod takes for a session.
 */
export function readerOf(schema: AnySchema, direction: Direction): Reader {
  const { def } = (schema as unknown as z.core.$ZodTypes)._zod;
  const inner = (of: AnySchema): Reader => readerOf(of, direction);
  if (hasMore(def)) return () => unfit;
  switch (def.type) {
    case 'object':
      return objectReader(def.shape, direction);
    case 'array':
      return arrayReader(inner(def.element), def.checks ?? []);
    case 'optional':
      return unless(undefined, inner(def.innerType));
    case 'nullable':
      return unless(null, inner(def.innerType));
    case 'default':
      return direction.fillsDefaults ? defaultReader(def, inner(def.innerType)) : inner(def.innerType);
    case 'date':
      return direction.instant ?? judgedByZod(schema, direction);
    default:
      return schema === freeForm ? copyOfMap : judgedByZod(schema, direction);
  }
}

/** Rules beyond those of its parts, which no contract of ours has. */
function hasMore(def: z.core.$ZodTypes['_zod']['def']): boolean {
  if (def.type === 'object' && def.catchall !== undefined) return true;
  return def.checks !== undefined && ['object', 'optional', 'nullable', 'default', 'date'].includes(def.type);
}

function objectReader(shape: z.core.$ZodShape, direction: Direction): Reader {
  const fields = Object.entries(shape).map(([camel, schema]) => ({
    from: direction.from(camel),
    to: direction.to(camel),
    read: readerOf(schema, direction),
    mayMiss: schema._zod.def.type === 'optional',
  }));
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return unfit;
    const source = value as Fields;
    const target: Fields = {};
    for (const { from, to, read, mayMiss } of fields) {
      const result = read(source[from]);
      if (result === unfit) return unfit;
      if (result !== undefined) target[to] = result;
      // An `undefined` that was written out is zod's business.
      else if (!mayMiss || from in source) return unfit;
    }
    return target;
  };
}

function arrayReader(read: Reader, checks: readonly z.core.$ZodCheck[]): Reader {
  return (value) => {
    if (!Array.isArray(value)) return unfit;
    const items = new Array<unknown>(value.length);
    for (let i = 0; i < value.length; i++) {
      const item = read(value[i]);
      if (item === unfit) return unfit;
      items[i] = item;
    }
    const payload = { value: items as never, issues: [] };
    for (const check of checks) void check._zod.check(payload);
    return payload.issues.length === 0 ? items : unfit;
  };
}

function unless(value: null | undefined, read: Reader): Reader {
  return (given) => (given === value ? value : read(given));
}

function defaultReader(def: z.core.$ZodDefaultDef, read: Reader): Reader {
  return (value) => (value === undefined ? def.defaultValue : read(value));
}

function copyOfMap(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return unfit;
  // zod leaves out the one and refuses the other.
  if (Object.hasOwn(value, '__proto__') || Object.getOwnPropertySymbols(value).length > 0) return unfit;
  return { ...value };
}

/** For scalars, and for what crosses the wire as it is. */
function judgedByZod(schema: AnySchema, { context }: Direction): Reader {
  const { _zod: zod } = schema;
  const payload: z.core.ParsePayload = { value: undefined, issues: [] };
  return (value) => {
    payload.value = value;
    const result = zod.run(payload, context);
    if (!(result instanceof Promise) && result.issues.length === 0) return result.value;
    payload.issues = [];
    return unfit;
  };
}
