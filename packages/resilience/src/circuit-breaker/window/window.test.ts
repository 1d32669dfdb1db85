import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CountWindow } from './count-window.ts';
import { TimeWindow } from './time-window.ts';

const samples = fc.array(
  fc.record({ wait: fc.constantFrom(0, 1, 99, 100, 101, 1_000, 5_000), failed: fc.boolean(), slow: fc.boolean() }),
  {
    minLength: 1,
    maxLength: 100,
  },
);

const sum = (taken: { failed: boolean; slow: boolean }[]) => ({
  calls: taken.length,
  failures: taken.filter(({ failed }) => failed).length,
  slow: taken.filter(({ slow }) => slow).length,
});

describe('TimeWindow', () => {
  it('B5 never counts a sample older than its length, and forgets none younger than that by more than a bucket', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 12 }), (list, buckets) => {
        const window = new TimeWindow(1_000, buckets);
        const past: { at: number; failed: boolean; slow: boolean }[] = [];
        let now = 0;
        for (const { wait, failed, slow } of list) {
          now += wait;
          const before = window.counts(now);
          const most = sum(past.filter(({ at }) => now - at <= 1_000));
          const least = sum(past.filter(({ at }) => now - at <= 1_000 - 1_000 / buckets));
          for (const field of ['calls', 'failures', 'slow'] as const) {
            expect(before[field]).toBeLessThanOrEqual(most[field]);
            expect(before[field]).toBeGreaterThanOrEqual(least[field]);
          }
          window.add(now, failed, slow);
          past.push({ at: now, failed, slow });
        }
        expect(window.counts(now + 1_001)).toEqual({ calls: 0, failures: 0, slow: 0 });
      }),
      { numRuns: 500 },
    );
  });

  it('B5 a sample of exactly the length counts, one millisecond more does not', () => {
    const window = new TimeWindow(1_000, 10);
    window.add(5, true, false);
    expect(window.counts(1_005).failures).toBe(1);
    expect(window.counts(1_006).failures).toBe(0);
  });

  it('keeps no more buckets than it is made of', () => {
    const window = new TimeWindow(1_000, 10);
    for (let now = 0; now < 10_000; now += 1) window.add(now, false, false);
    expect(window.slices(9_999).length).toBeLessThanOrEqual(11);
  });

  it('B7 gives back what it counted, by age', () => {
    const [window, copy] = [new TimeWindow(1_000, 10), new TimeWindow(1_000, 10)];
    window.add(0, true, false);
    window.add(50, false, true);
    window.add(500, true, true);
    expect(window.slices(600)).toEqual([
      [600, 2, 1, 1],
      [100, 1, 1, 1],
    ]);
    copy.load(10_000, window.slices(600).toReversed());
    expect(copy.counts(10_000)).toEqual({ calls: 3, failures: 2, slow: 2 });
    expect(copy.counts(10_401)).toEqual({ calls: 1, failures: 1, slow: 1 });
    copy.clear();
    expect(copy.counts(10_000)).toEqual({ calls: 0, failures: 0, slow: 0 });
  });
});

describe('CountWindow', () => {
  it('counts exactly the last samples', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 12 }), (list, size) => {
        const window = new CountWindow(size);
        const copy = new CountWindow(size);
        for (const [index, { failed, slow }] of list.entries()) {
          window.add(0, failed, slow);
          const expected = sum(list.slice(0, index + 1).slice(-size));
          expect(window.counts()).toEqual(expected);
          copy.load(0, window.slices());
          expect(copy.counts()).toEqual(expected);
          expect(copy.slices()).toEqual(window.slices());
        }
        window.clear();
        expect(window.counts()).toEqual({ calls: 0, failures: 0, slow: 0 });
        expect(window.slices()).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('B7 takes the slices of a time window, without turning the ring for ever', () => {
    const window = new CountWindow(3);
    window.load(0, [[5, 2, 1, 0]]);
    expect(window.counts()).toEqual({ calls: 2, failures: 1, slow: 0 });
    window.load(0, [[5, Number.MAX_SAFE_INTEGER, 1, 2]]);
    expect(window.counts()).toEqual({ calls: 3, failures: 1, slow: 2 });
  });
});
