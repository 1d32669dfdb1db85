import * as z from 'zod/mini';
import { instant } from './instant.ts';
import { snakeCase } from './names.ts';

type Fields = Record<string, unknown>;
type AnySchema = z.ZodMiniType;

function derivedObject(schema: z.ZodMiniObject): AnySchema {
  const camelKeys = Object.keys(schema.def.shape);
  const renames = camelKeys.map((camel) => [camel, snakeCase(camel)] as const);
  const shape = Object.fromEntries(
    renames.map(([camel, snake]) => [snake, derive(schema.def.shape[camel] as unknown as AnySchema)]),
  );
  const rename = (source: Fields | null | undefined, pairs: readonly (readonly [string, string])[]): Fields => {
    // What is no object cannot be renamed; the schema of the other side says so.
    if (typeof source !== 'object' || source === null || Array.isArray(source)) return source as never;
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
