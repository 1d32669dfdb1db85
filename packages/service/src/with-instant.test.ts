import { expect, it } from 'vitest';
import { withInstant } from './index.ts';

const clock = { now: () => Date.UTC(2026, 2, 1) };

it('fills in the time of the service where the client told none', () => {
  expect(withInstant({ id: 'a' }, 'at', clock)).toEqual({ id: 'a', at: '2026-03-01T00:00:00.000Z' });
});

it.each([[{ at: '2025-01-01T00:00:00Z' }], [{ at: null }], [[]], [null], ['text'], [7]])(
  'leaves %j as it is',
  (value) => {
    expect(withInstant(value, 'at', clock)).toBe(value);
  },
);
