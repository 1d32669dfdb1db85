import { describe, expect, it } from 'vitest';
import { cronTimetable } from './timetable.ts';

/** The due times after an instant. */
function dueTimes(timeZone: string, after: string, count: number): string[] {
  const timetable = cronTimetable('30 2 * * *', timeZone);
  let at = Date.parse(after);
  return Array.from({ length: count }, () => {
    at = timetable.next(at) ?? Number.NaN;
    return new Date(at).toISOString();
  });
}

describe('half past two every night', () => {
  it('is that of the time zone', () => {
    expect(dueTimes('UTC', '2030-01-01T00:00:00Z', 1)).toEqual(['2030-01-01T02:30:00.000Z']);
    expect(dueTimes('Asia/Kolkata', '2030-01-01T00:00:00Z', 1)).toEqual(['2030-01-01T21:00:00.000Z']);
  });

  it('comes at the end of the gap where clocks are set forward over it', () => {
    expect(dueTimes('Europe/Berlin', '2030-03-29T12:00:00Z', 3)).toEqual([
      '2030-03-30T01:30:00.000Z',
      '2030-03-31T01:00:00.000Z',
      '2030-04-01T00:30:00.000Z',
    ]);
  });

  it('comes once where clocks are set back and it is there twice', () => {
    expect(dueTimes('Europe/Berlin', '2030-10-26T12:00:00Z', 2)).toEqual([
      '2030-10-27T00:30:00.000Z',
      '2030-10-28T01:30:00.000Z',
    ]);
  });
});
