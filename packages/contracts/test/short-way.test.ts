import fc from 'fast-check';
import { beforeAll, afterAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import * as everything from '../src/index.ts';
import { contract, ContractViolation, type Contract } from '../src/index.ts';
import { decoding, encoding, parsing, readerOf, type Direction } from '../src/wire/short-way.ts';
import { unfit } from '../src/wire/unfit.ts';
import { damaged, valuesOf } from './values-of.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- contracts of every type
type AnyContract = Contract<any, any>;

const contracts = Object.values(everything as Record<string, unknown>).filter(
  (value): value is AnyContract => typeof value === 'object' && value !== null && 'encode' in value && 'wire' in value,
);

/** What is in no contract of ours, but may be in one of somebody else. */
const odd = contract(
  'Odd',
  z.object({
    webPage: z.optional(z.url()),
    eitherOf: z.union([z.object({ innerName: z.string() }), z.array(z.string())]),
    strictPart: z.optional(z.strictObject({ oneName: z.string() })),
    pairOf: z.optional(z.tuple([z.string(), z.number()])),
    mapOf: z.optional(z.record(z.string().check(z.minLength(2)), z.number())),
    textOrNone: z._default(z.optional(z.string()), 'none'),
    trimmedText: z.optional(z.string().check(z.trim())),
    refusesNo: z.optional(z.nullable(z.string()).check(z.refine((text) => text !== 'no'))),
    notTooEarly: z.optional(z.date().check(z.minimum(new Date(0)))),
  }),
);
const oddValues = fc.record(
  {
    webPage: fc.webUrl(),
    eitherOf: fc.oneof(fc.record({ innerName: fc.string() }, { noNullPrototype: true }), fc.array(fc.string())),
    strictPart: fc.record({ oneName: fc.string(), more: fc.nat() }, { requiredKeys: [], noNullPrototype: true }),
    pairOf: fc.tuple(fc.string(), fc.nat()),
    mapOf: fc.dictionary(fc.string({ maxLength: 3 }), fc.nat(), { maxKeys: 2, noNullPrototype: true }),
    textOrNone: fc.option(fc.string(), { nil: undefined }),
    trimmedText: fc.string(),
    refusesNo: fc.constantFrom('yes', 'no', null),
    notTooEarly: fc.date({ min: new Date(-1_000), max: new Date(1_000), noInvalidDate: true }),
  },
  { requiredKeys: ['eitherOf'], noNullPrototype: true },
);

const cases: readonly (readonly [string, AnyContract, fc.Arbitrary<unknown>])[] = [
  ...contracts.map((each) => [each.name, each, valuesOf(each.schema)] as const),
  ['Odd', odd, oddValues],
];

interface Way {
  readonly direction: Direction;
  readonly zod: (contract: AnyContract, value: unknown) => z.core.util.SafeParseResult<unknown>;
  readonly ours: (contract: AnyContract, value: unknown) => unknown;
  /** What this way is given, of what a caller writes. */
  readonly given: (contract: AnyContract, input: unknown) => unknown;
}

const ways: Readonly<Record<string, Way>> = {
  parse: {
    direction: parsing,
    zod: ({ schema }, value) => z.safeParse(schema, value),
    ours: (subject, value) => subject.parse(value) as unknown,
    given: (_subject, input) => input,
  },
  decode: {
    direction: decoding,
    zod: ({ wire }, value) => z.safeDecode(wire, value),
    ours: (subject, value) => subject.decode(value) as unknown,
    given: ({ schema, wire }, input) => z.encode(wire, z.parse(schema, input)),
  },
  encode: {
    direction: encoding,
    zod: ({ wire }, value) => z.safeEncode(wire, value),
    ours: (subject, value) => subject.encode(value),
    given: ({ schema }, input) => z.parse(schema, input) as unknown,
  },
};

// Defaults that are the present time are the same however often they are made.
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 }));
afterAll(() => void vi.useRealTimers());

describe.each(cases)('the short way through %s', (_name, subject, values) => {
  const inputs = values.filter((value) => z.safeParse(subject.schema, value).success);

  it.each(Object.keys(ways))('%ss as zod does, or leaves it to zod', (name) => {
    const { direction, zod, ours, given } = ways[name] as Way;
    const read = readerOf(subject.schema, direction);
    const fitting = inputs.map((input) => given(subject, input));
    fc.assert(
      fc.property(fc.oneof(fitting, damaged(fitting)), (value) => {
        const expected = zod(subject, value);
        const found = read(value);
        if (found !== unfit) expect(expected.success).toBe(true);
        if (found !== unfit) expect(found).toStrictEqual(expected.data);
        if (expected.success) expect(ours(subject, value)).toStrictEqual(expected.data);
        else expect(() => ours(subject, value)).toThrow(ContractViolation);
      }),
      { numRuns: 60 },
    );
  });
});

describe.each(contracts.map((each) => [each.name, each] as const))('%s', (_name, subject) => {
  it.each(Object.keys(ways))('goes the short way when it fits: %s', (name) => {
    const { direction, given } = ways[name] as Way;
    const read = readerOf(subject.schema, direction);
    fc.assert(
      fc.property(valuesOf(subject.schema), (value) => {
        expect(read(given(subject, value))).not.toBe(unfit);
      }),
      { numRuns: 30 },
    );
  });
});
