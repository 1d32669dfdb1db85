import * as z from 'zod/mini';
import { snakeCase } from './names.ts';

type Fields = Record<string, unknown>;
type AnySchema = z.ZodMiniType;

const earliest = Date.parse('0000-01-01T00:00:00Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

const dateTime = z.iso.datetime({ offset: true }).check(
  // A zone can move an instant out of the years that RFC 3339 can write.
  z.refine((text) => !(Date.parse(text) < earliest || Date.parse(text) > latest), {
    error: 'lies outside the years 0000 to 9999 in UTC',
  }),
);

/** RFC 3339 with a full zone, any number of fraction digits (the Rust client sends up to nine) <-> `Date`. */
const instant = z.codec(dateTime, z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

function derivedObject(schema: z.ZodMiniObject): AnySchema {
  const camelKeys = Object.keys(schema.def.shape);
  const renames = camelKeys.map((camel) => [camel, snakeCase(camel)] as const);
  const shape = Object.fromEntries(
    renames.map(([camel, snake]) => [snake, derive(schema.def.shape[camel] as unknown as AnySchema)]),
  );
  const rename = (source: Fields, pairs: readonly (readonly [string, string])[]): Fields => {
    const target: Fields = {};
    for (const [from, to] of pairs) if (source[from] !== undefined) target[to] = source[from];
    return target;
  };
  const back = renames.map(([camel, snake]) => [snake, camel] as const);
  return z.codec(z.object(shape), z.custom<Fields>(), {
    decode: (wire) => rename(wire, back),
    encode: (value) => rename(value, renames) as never,
  });
}

const derived = new WeakMap<AnySchema, AnySchema>();

function deriveOnce(schema: AnySchema): AnySchema {
  const def = schema._zod.def as unknown as { type: string } & Fields;
  const cloneWith = (changes: Fields): AnySchema => z.clone(schema, { ...def, ...changes } as never);
  switch (def.type) {
    case 'object':
      return derivedObject(schema as z.ZodMiniObject);
    case 'array':
      return cloneWith({ element: derive(def['element'] as AnySchema) });
    case 'default':
      // A clone would read the default once and give the same object to everybody.
      return z._default(derive(def['innerType'] as AnySchema), () => def['defaultValue']);
    case 'optional':
    case 'nullable':
    case 'readonly':
      return cloneWith({ innerType: derive(def['innerType'] as AnySchema) });
    case 'date':
      return instant;
    default:
      // Scalars, enums and free-form maps cross the wire as they are, key for key.
      return schema;
  }
}

/**
 * The wire form of a schema declared in camelCase: the same structure with snake_case names and RFC 3339 instants.
 * Decoding (`z.decode`) yields camelCase values, encoding (`z.encode`) yields wire values.
 */
export function derive(schema: AnySchema): AnySchema {
  let wire = derived.get(schema);
  if (wire === undefined) {
    wire = deriveOnce(schema);
    derived.set(schema, wire);
  }
  return wire;
}
