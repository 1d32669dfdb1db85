import { describe, expect, it } from 'vitest';
import { seeded } from '../../test/support.ts';
import { type Backoff, backoffDelay } from './backoff.ts';

const base: Backoff = { initialDelayMs: 100, maxDelayMs: 5_000, backoffMultiplier: 2, jitter: 'none' };

/** Kolmogorov-Smirnov distance between samples and U[low, high). */
function distance(samples: number[], low: number, high: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return Math.max(
    ...sorted.map((sample, index) => {
      const expected = (sample - low) / (high - low);
      return Math.max(Math.abs((index + 1) / sorted.length - expected), Math.abs(index / sorted.length - expected));
    }),
  );
}

describe('backoffDelay', () => {
  it('R4 without jitter grows by the multiplier up to the cap', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => backoffDelay(base, attempt, 0, Math.random));
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  it.each([
    ['full', 0, 400],
    ['equal', 200, 400],
  ] as const)('R4 %s jitter is uniform on [%i, %i)', (jitter, low, high) => {
    const random = seeded(7);
    const samples = Array.from({ length: 5_000 }, () => backoffDelay({ ...base, jitter }, 3, 0, random));
    expect(Math.min(...samples)).toBeGreaterThanOrEqual(low);
    expect(Math.max(...samples)).toBeLessThan(high);
    // The critical value for 5,000 samples at the level 0.001.
    expect(distance(samples, low, high)).toBeLessThan(1.95 / Math.sqrt(5_000));
  });

  it('R4 decorrelated jitter is uniform between the initial delay and three times the last one', () => {
    const random = seeded(11);
    const backoff: Backoff = { ...base, jitter: 'decorrelated' };
    const samples = Array.from({ length: 5_000 }, () => backoffDelay(backoff, 2, 400, random));
    expect(distance(samples, 100, 1_200)).toBeLessThan(1.95 / Math.sqrt(5_000));
    const first = Array.from({ length: 5_000 }, () => backoffDelay(backoff, 1, 0, random));
    expect(distance(first, 100, 300)).toBeLessThan(1.95 / Math.sqrt(5_000));
  });

  it('R4 decorrelated jitter stays in bounds over a long walk, with the mean of a capped one', () => {
    const random = seeded(3);
    let delay = 0;
    let sum = 0;
    for (let attempt = 1; attempt <= 20_000; attempt += 1) {
      delay = backoffDelay({ ...base, jitter: 'decorrelated' }, attempt, delay, random);
      expect(delay).toBeGreaterThanOrEqual(100);
      expect(delay).toBeLessThanOrEqual(5_000);
      sum += delay;
    }
    expect(sum / 20_000).toBeGreaterThan(2_000);
    expect(sum / 20_000).toBeLessThan(3_500);
  });

  it.each(['full', 'equal', 'decorrelated', 'none'] as const)(
    'R4 %s is finite and capped at attempt 2000',
    (jitter) => {
      for (const random of [() => 0, () => 0.5, () => 1 - Number.EPSILON]) {
        for (const initialDelayMs of [0, 100]) {
          const delay = backoffDelay({ ...base, jitter, initialDelayMs }, 2_000, 4_000, random);
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThanOrEqual(5_000);
        }
      }
    },
  );

  it('R4 never exceeds what a timer can wait', () => {
    const huge: Backoff = { ...base, initialDelayMs: 1e12, maxDelayMs: 1e15 };
    expect(backoffDelay(huge, 1, 0, Math.random)).toBe(2_147_483_647);
    expect(backoffDelay({ ...huge, jitter: 'decorrelated' }, 1, 0, Math.random)).toBe(2_147_483_647);
  });
});
