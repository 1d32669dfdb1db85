import type { Duration } from './effect.ts';
import type { SeededRandom } from './seeded-random.ts';

/** 99th percentile of the standard normal distribution. */
const z99 = 2.326_347_874;
const longestMs = 2 ** 31 - 1;

/** Draws a time, in ms. */
export function drawn(duration: Duration, random: SeededRandom): number {
  if (typeof duration === 'number') return duration;
  if ('min' in duration) return duration.min + random.next() * (duration.max - duration.min);
  const sigma = Math.log(duration.p99 / duration.median) / z99;
  return Math.min(longestMs, duration.median * Math.exp(sigma * random.normal()));
}
