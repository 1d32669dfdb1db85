import * as z from 'zod/mini';
import english from 'zod/v4/locales/en.js';
import { derive } from './derive.ts';
import { ContractViolation, violationsOf } from './violation.ts';

const { localeError } = english();
const context = { error: localeError };

/**
 * A type that crosses the wire, declared once in camelCase; its snake_case form is derived.
 *
 * @typeParam In what a caller may write (defaulted fields optional)
 * @typeParam Out what code works with (all fields present)
 */
export interface Contract<Out, In = Out> {
  readonly name: string;
  /** The camelCase schema. */
  readonly schema: z.ZodMiniType<Out, In>;
  /** The derived snake_case schema: decodes wire -> camelCase, encodes camelCase -> wire. */
  readonly wire: z.ZodMiniType<Out>;
  /** Checks a camelCase value and fills its defaults. @throws {ContractViolation} */
  parse(value: In): Out;
  /** Reads a parsed JSON value from the wire; unknown fields are ignored. @throws {ContractViolation} */
  decode(json: unknown): Out;
  /** Makes the JSON value for the wire. @throws {ContractViolation} */
  encode(value: Out): unknown;
}

/** Declares a contract. Fields are camelCase; instants are `z.date()`; free-form maps are `z.record`. */
export function contract<S extends z.ZodMiniType>(name: string, schema: S): Contract<z.output<S>, z.input<S>> {
  type Out = z.output<S>;
  const wire = derive(schema) as z.ZodMiniType<Out>;
  const settle = <T>(result: z.core.util.SafeParseResult<T>): T => {
    if (result.success) return result.data;
    throw new ContractViolation(name, violationsOf(result.error.issues));
  };
  return {
    name,
    schema: schema as unknown as z.ZodMiniType<Out, z.input<S>>,
    wire,
    parse: (value) => settle(z.safeParse(schema, value, context)),
    decode: (json) => settle(z.safeDecode(wire, json, context)),
    encode: (value) => settle(z.safeEncode(wire, value, context)),
  };
}
