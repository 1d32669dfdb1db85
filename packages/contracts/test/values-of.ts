import fc from 'fast-check';
import * as z from 'zod/mini';

type Arbitrary = fc.Arbitrary<unknown>;

const key = fc.string({ maxLength: 4 }).filter((text) => text !== '__proto__');
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom(null, true, -0, '', 'text'),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(key, tie('value'), { maxKeys: 2, noNullPrototype: true }),
  ),
})).value;
const numbers = fc.oneof(fc.nat(1_000), fc.double({ min: 0, max: 1, minExcluded: true }));

/** Values that fit a schema of the contracts, in camelCase. */
export function valuesOf(schema: z.core.$ZodType): Arbitrary {
  const { def } = (schema as unknown as z.core.$ZodTypes)._zod;
  const fits = (value: unknown): boolean => z.safeParse(schema, value).success;
  switch (def.type) {
    case 'object': {
      const shape = Object.entries(def.shape);
      const optional = shape.filter(([, field]) => ['optional', 'default'].includes(field._zod.def.type));
      const required = shape.filter((entry) => !optional.includes(entry)).map(([name]) => name);
      const fields = shape.map(([name, field]) => [name, valuesOf(field)] as const);
      return fc.record(Object.fromEntries(fields), { requiredKeys: required, noNullPrototype: true });
    }
    case 'array':
      return fc.array(valuesOf(def.element), { maxLength: 3 }).filter(fits);
    case 'optional':
    case 'default':
      return valuesOf(def.innerType);
    case 'nullable':
      return fc.option(valuesOf(def.innerType));
    case 'union':
      return fc.oneof(...def.options.map(valuesOf));
    case 'record':
      return fc.dictionary(key, valuesOf(def.valueType), { maxKeys: 3, noNullPrototype: true });
    case 'unknown':
      return json;
    case 'date':
      return fc.date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date(253402300799999), noInvalidDate: true });
    case 'bigint':
      return fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).filter(fits);
    case 'number':
      return numbers.filter(fits);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string': {
      const pattern = def.checks?.map(({ _zod: zod }) => (zod.def as { pattern?: RegExp }).pattern).find(Boolean);
      return pattern ? fc.stringMatching(pattern) : fc.string({ unit: 'grapheme', maxLength: 12 }).filter(fits);
    }
    case 'enum':
    case 'literal':
      return fc.constantFrom(...(schema._zod.values ?? []));
    default:
      throw new Error(`the contracts have no ${def.type}`);
  }
}

const odd = fc.constantFrom<unknown[]>(
  undefined,
  null,
  '',
  ' ',
  'a/b',
  '..',
  '2026-02-30T00:00:00Z',
  '2026-01-01T00:00:00.123456789+02:00',
  '9999-12-31T23:59:59-23:59',
  -1,
  0.5,
  2 ** 53,
  Number.NaN,
  Infinity,
  2n ** 63n,
  true,
  new Date(Number.NaN),
  new Date(253402300800000),
  [],
  [undefined],
  {},
  Object.create(null),
  JSON.parse('{"__proto__": 1}'),
  { [Symbol('key')]: 1 },
  new Map(),
  () => 1,
);

/** The value with one thing in it changed: something odd in its place, or nothing at all. */
export function damaged(values: Arbitrary): Arbitrary {
  return fc.tuple(values, fc.array(fc.nat(30), { maxLength: 4 }), odd, fc.boolean()).map(([value, path, by, drop]) => {
    if (path.length === 0) return by;
    const copy = structuredClone(value);
    let at: unknown = copy;
    for (const [depth, step] of path.entries()) {
      if (typeof at !== 'object' || at === null) break;
      const names = [...Object.keys(at), 'unknownName'];
      const name = names[step % names.length] as string;
      const fields = at as Record<string, unknown>;
      const below = fields[name];
      if (depth < path.length - 1 && typeof below === 'object' && below !== null) at = below;
      else {
        if (drop) Reflect.deleteProperty(fields, name);
        else fields[name] = by;
        break;
      }
    }
    return copy;
  });
}
