import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from './retry-after.ts';

const now = Date.UTC(2026, 10, 24, 3, 30, 0);

describe('parseRetryAfter', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7_000],
    ['007', 7_000],
    ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
  ])('R5 reads the seconds %s', (header, ms) => {
    expect(parseRetryAfter(header, now)).toBe(ms);
  });

  it.each(['-3', '1.5', '+3000', '', ' ', '1e3', '0x10', '12 s', 'soon', '2026-11-24', 'Tue', '1,2'])(
    'R5 refuses %j, which Date.parse may take for a year',
    (header) => {
      expect(parseRetryAfter(header, now)).toBeUndefined();
    },
  );

  it.each([
    ['IMF-fixdate', 'Tue, 24 Nov 2026 03:31:00 GMT'],
    ['RFC 850', 'Tuesday, 24-Nov-26 03:31:00 GMT'],
    ['asctime', 'Tue Nov 24 03:31:00 2026'],
  ])('R5 reads an %s date as GMT', (_name, header) => {
    expect(parseRetryAfter(header, now)).toBe(60_000);
  });

  it('R5 reads asctime with a day of one digit', () => {
    expect(parseRetryAfter('Thu Dec  3 03:30:00 2026', now)).toBe(9 * 86_400_000);
  });

  it('R5 takes a two-digit year more than 50 years ahead for a past one', () => {
    expect(parseRetryAfter('Monday, 24-Nov-77 03:31:00 GMT', now)).toBe(0);
    expect(parseRetryAfter('Monday, 24-Nov-75 03:30:00 GMT', now)).toBe(Date.UTC(2075, 10, 24, 3, 30) - now);
  });

  it('R5 gives 0 for the past and rounds up', () => {
    expect(parseRetryAfter('Tue, 24 Nov 2020 03:31:00 GMT', now)).toBe(0);
    expect(parseRetryAfter('Tue, 24 Nov 2026 03:31:00 GMT', now + 0.4)).toBe(60_000);
  });

  it.each([
    'Tue, 24 Foo 2026 03:31:00 GMT',
    'Tuesday, 24-Foo-26 03:31:00 GMT',
    'Tue Foo 24 03:31:00 2026',
    'Tue, 24 Nov 2026 03:31:00 CET',
    'xTue, 24 Nov 2026 03:31:00 GMT',
    'Tue, 24 Nov 2026 03:31:00 GMTx',
    'xTuesday, 24-Nov-26 03:31:00 GMT',
    'Tuesday, 24-Nov-26 03:31:00 GMTx',
    'xTue Nov 24 03:31:00 2026',
    'Tue Nov 24 03:31:00 2026x',
  ])('R5 refuses the malformed date %s', (header) => {
    expect(parseRetryAfter(header, now)).toBeUndefined();
  });

  it('R5 never throws and never yields anything but a whole number >= 0', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-+\d.: ]{1,12}$/)), (header) => {
        const ms = parseRetryAfter(header, now);
        return ms === undefined || (Number.isInteger(ms) && ms >= 0);
      }),
      { numRuns: 2_000 },
    );
  });
});
