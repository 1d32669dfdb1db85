import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { contract } from './contract.ts';
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
