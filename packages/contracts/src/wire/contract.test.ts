import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { contract } from './contract.ts';
import { snakeCase } from './names.ts';
import { ContractViolation, isContractViolation } from './violation.ts';

const trip = contract(
  'Trip',
  z.object({
    tripId: z.string(),
    startedAt: z.date(),
    endedAt: z._default(z.nullable(z.date()), null),
    stopCount: z._default(z.int(), 0),
    customFields: z._default(z.record(z.string(), z.unknown()), () => ({})),
    legList: z._default(z.array(z.object({ legName: z.string() })), () => []),
    noteText: z.optional(z.string()),
  }),
);

function wireOf(value: object): object {
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [snakeCase(name), field as unknown]));
}

describe('contract', () => {
  it('derives snake_case names, nested ones too, and RFC 3339 instants', () => {
    const value = trip.parse({ tripId: 't', startedAt: new Date(0), legList: [{ legName: 'a' }] });
    expect(trip.encode(value)).toEqual({
      trip_id: 't',
      started_at: '1970-01-01T00:00:00.000Z',
      ended_at: null,
      stop_count: 0,
      custom_fields: {},
      leg_list: [{ leg_name: 'a' }],
    });
    expect(trip.decode(trip.encode(value))).toEqual(value);
  });

  it('makes defaults anew for each value, read from the wire or written in code', () => {
    const wire = { trip_id: 't', started_at: '2026-01-01T00:00:00Z' };
    const input = { tripId: 't', startedAt: new Date(0) };
    for (const read of [() => trip.decode(wire), () => trip.parse(input)]) {
      const [first, second] = [read(), read()];
      expect(first.legList).not.toBe(second.legList);
      expect(first.customFields).not.toBe(second.customFields);
    }
    let made = 0;
    const numbered = contract('Numbered', z.object({ number: z._default(z.int(), () => ++made) }));
    const before = made;
    expect([numbered.decode({}).number, numbered.decode({}).number]).toEqual([before + 1, before + 2]);
  });

  it('passes free-form maps through key for key', () => {
    const wire = {
      trip_id: 't',
      started_at: '2026-01-01T00:00:00Z',
      custom_fields: { camelKey: { innerKey: [1, null] } },
    };
    expect(trip.decode(wire).customFields).toEqual({ camelKey: { innerKey: [1, null] } });
    expect(trip.encode(trip.decode(wire))).toMatchObject({ custom_fields: { camelKey: { innerKey: [1, null] } } });
  });

  it('reads instants with nine fraction digits and an offset', () => {
    expect(
      trip.decode({ trip_id: 't', started_at: '2026-01-01T02:00:00.123456789+02:00' }).startedAt.toISOString(),
    ).toBe('2026-01-01T00:00:00.123Z');
  });

  it.each([
    '2026-01-01T00:00:00',
    '2026-01-01T00:00:00+00',
    '0',
    '2026-02-30T00:00:00Z',
    '9999-12-31T23:59:59-23:59',
    '0000-01-01T00:00:00+01:00',
  ])('refuses the instant %s', (text) => {
    expect(() => trip.decode({ trip_id: 't', started_at: text })).toThrow(/\/started_at/);
  });

  it('ignores unknown fields and refuses null for a defaulted one', () => {
    const wire = { trip_id: 't', started_at: '2026-01-01T00:00:00Z', other: 1 };
    expect(trip.decode(wire)).not.toHaveProperty('other');
    expect(() => trip.decode({ ...wire, stop_count: null })).toThrow('/stop_count: expected number, received null');
  });

  it.each([[null], ['text'], [[]]])('refuses to write %j in place of an object', (value) => {
    expect(() => trip.encode(value as never)).toThrow(/^Trip: expected object/);
    const inside = { tripId: 't', startedAt: new Date(0), legList: [value] };
    expect(() => trip.encode(inside as never)).toThrow('/leg_list/0: expected object');
  });

  it.each([
    [{ sizeOf: 1.5 }, '/size_of: expected int, received number'],
    [{ sizeOf: -1 }, '/size_of: must be >= 0'],
    [{ sizeOf: 100 }, '/size_of: must be < 100'],
    [{ shareOf: Number.NaN }, '/share_of: expected number, received NaN'],
    [{ shortText: '' }, '/short_text: must be >= 1 characters'],
    [{ someOf: [1, 2, 3] }, '/some_of: must be <= 2 items'],
    [{ kindOf: 'c' }, '/kind_of: must be a or b'],
    [{ hexText: 'x' }, '/hex_text: must match /^[0-9a-f]+$/'],
    [{ webPage: 'x' }, '/web_page: is no url'],
    [{ oddOf: 3 }, '/odd_of: does not fit'],
    [{ oddOf: [] }, '/odd_of: expected number, received array'],
  ])('says of %j that %s', (value, message) => {
    const picky = contract(
      'Picky',
      z.object({
        sizeOf: z.optional(z.int().check(z.gte(0), z.lt(100))),
        shareOf: z.optional(z.number()),
        shortText: z.optional(z.string().check(z.minLength(1))),
        someOf: z.optional(z.array(z.number()).check(z.maxLength(2))),
        kindOf: z.optional(z.enum(['a', 'b'])),
        hexText: z.optional(z.string().check(z.regex(/^[0-9a-f]+$/))),
        webPage: z.optional(z.url()),
        oddOf: z.optional(z.number().check(z.refine((number) => number % 2 === 0))),
      }),
    );
    expect(() => picky.decode(wireOf(value))).toThrow(message);
  });

  it('names every bad field by wire pointer and never the value', () => {
    let caught: unknown;
    try {
      trip.decode({ trip_id: 5, started_at: 'sk-secret', leg_list: [{ leg_name: 'a' }, {}] });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(ContractViolation);
    expect(isContractViolation(caught)).toBe(true);
    const { violations, message } = caught as ContractViolation;
    expect(violations.map((v) => v.pointer)).toEqual(['/trip_id', '/started_at', '/leg_list/1/leg_name']);
    expect(message).not.toContain('sk-secret');
  });
});
