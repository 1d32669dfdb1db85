import * as z from 'zod/mini';
import { derive } from './derive.ts';
import { messageOf } from './messages.ts';
import { decoding, encoding, parsing, readerOf, type Direction, type Reader } from './short-way.ts';
import { unfit } from './unfit.ts';
import { ContractViolation, violationsOf } from './violation.ts';

const context = { error: messageOf };

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
  type Result<T> = z.core.util.SafeParseResult<T>;
  const wire = derive(schema) as z.ZodMiniType<Out>;
  const through = <Given, T>(direction: Direction, zod: (value: Given) => Result<T>): ((value: Given) => T) => {
    let shortWay: Reader | undefined;
    return (value) => {
      shortWay ??= readerOf(schema, direction);
      const read = shortWay(value);
      if (read !== unfit) return read as T;
      const result = zod(value);
      if (result.success) return result.data;
      throw new ContractViolation(name, violationsOf(result.error.issues));
    };
  };
  return {
    name,
    schema: schema as unknown as z.ZodMiniType<Out, z.input<S>>,
    wire,
    parse: through(parsing, (value: z.input<S>) => z.safeParse(schema, value, context)),
    decode: through(decoding, (json: unknown) => z.safeDecode(wire, json as never, context)),
    encode: through(encoding, (value: Out) => z.safeEncode(wire, value, context)),
  };
}
