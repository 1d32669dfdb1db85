import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { isRateLimitedError, rateLimiter } from '../src/index.ts';
import { TestClock } from '../src/testing/index.ts';
import { errorOf, settle } from './support.ts';

const gaps = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 400 })), { minLength: 1, maxLength: 80 });

/** Calls at the given gaps, and the instants at which they started. */
async function starts(options: Parameters<typeof rateLimiter>[0], waits: number[]): Promise<number[]> {
  const clock = new TestClock();
  const policy = rateLimiter({ ...options, clock });
  const at: number[] = [];
  for (const wait of waits) {
    await clock.advance(wait);
    policy.execute(() => at.push(clock.monotonic())).catch(() => undefined);
  }
  await clock.advance(1_000_000);
  expect(clock.pendingTimers).toBe(0);
  return at;
}

describe('rateLimiter', () => {
  it('K2 sliding window: never more than the limit in any stretch of the interval', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom(0, 3, Infinity),
        gaps,
        async (limit, maxQueue, waits) => {
          const at = await starts({ limit, intervalMs: 500, maxQueue }, waits);
          for (let i = limit; i < at.length; i += 1) expect(at[i]! - at[i - limit]!).toBeGreaterThanOrEqual(500);
          if (maxQueue === Infinity) expect(at).toHaveLength(waits.length);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('K2 token bucket: never more than burst + rate × time in any stretch', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom(0, Infinity),
        gaps,
        async (limit, burst, maxQueue, waits) => {
          const at = await starts({ limit, burst, intervalMs: 500, algorithm: 'token-bucket', maxQueue }, waits);
          for (let from = 0; from < at.length; from += 1) {
            for (let to = from; to < at.length; to += 1) {
              expect(to - from + 1).toBeLessThanOrEqual(burst + ((at[to]! - at[from]!) * limit) / 500 + 1e-6);
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('K2 admits as soon as the rate allows', async () => {
    expect(await starts({ limit: 2, intervalMs: 100, maxQueue: 9 }, [0, 0, 0, 0, 0])).toEqual([0, 0, 100, 100, 200]);
    expect(await starts({ limit: 2, intervalMs: 100, maxQueue: 9, algorithm: 'token-bucket' }, [0, 0, 0, 0])).toEqual([
      0, 0, 50, 100,
    ]);
    expect(
      await starts({ limit: 2, intervalMs: 100, burst: 1, maxQueue: 9, algorithm: 'token-bucket' }, [0, 0, 120]),
    ).toEqual([0, 50, 120]);
  });

  it('K2 refuses beyond the queue and says when there is room', async () => {
    const clock = new TestClock();
    const policy = rateLimiter({ limit: 1, clock });
    const rejection = vi.fn();
    policy.on('rejection', rejection);
    await policy.execute(() => 1);
    await clock.advance(300);
    const error = await errorOf(
      policy.execute(() => 1, { key: 'k' }),
      clock,
    );
    expect(isRateLimitedError(error) && [error.name, error.code, error.retryAfterMs, error.message]).toEqual([
      'RateLimitedError',
      'rate_limited',
      700,
      'Rate limit reached',
    ]);
    expect(rejection).toHaveBeenCalledWith({ error, key: 'k' });
    await clock.advance(700);
    expect(
      await settle(
        policy.execute(() => 2),
        clock,
      ),
    ).toEqual({ value: 2 });
  });

  it('K2 is fair: who comes later never overtakes who waits', async () => {
    const clock = new TestClock();
    const policy = rateLimiter({ limit: 1, intervalMs: 100, maxQueue: 2, clock });
    const queued = vi.fn();
    policy.on('queued', queued);
    const order: number[] = [];
    [1, 2, 3].forEach((each) => void policy.execute(() => order.push(each), { key: `${each}` }));
    expect(queued.mock.calls).toEqual([[{ waiting: 1, key: '2' }], [{ waiting: 2, key: '3' }]]);
    expect(
      isRateLimitedError(
        await errorOf(
          policy.execute(() => order.push(4)),
          clock,
        ),
      ),
    ).toBe(true);
    clock.leap(100);
    void policy.execute(() => order.push(5)).catch(() => undefined);
    await clock.advance(1_000);
    expect(order).toEqual([1, 2, 3]);
    expect(policy.waiting).toBe(0);
  });

  it('K2 an aborted wait ends at once, frees its place and stops the timer', async () => {
    const clock = new TestClock();
    const policy = rateLimiter({ limit: 1, intervalMs: 100, maxQueue: 1, clock });
    await policy.execute(() => 1);
    const controller = new AbortController();
    const waiting = policy.execute(() => 2, { signal: controller.signal });
    expect([policy.waiting, clock.pendingTimers]).toEqual([1, 1]);
    controller.abort('no more');
    expect(await errorOf(waiting, clock)).toBe('no more');
    expect([policy.waiting, clock.pendingTimers]).toEqual([0, 0]);
    const next = policy.execute(() => 3);
    expect(await settle(next, clock, 100)).toEqual({ value: 3 });
  });

  it.each(['sliding-window', 'token-bucket'] as const)(
    'K2 %s: a refusal takes no permit, even if the timer is late',
    async (algorithm) => {
      const clock = new TestClock();
      const policy = rateLimiter({ limit: 1, intervalMs: 100, maxQueue: 1, algorithm, clock });
      const order: string[] = [];
      void policy.execute(() => order.push('first'));
      void policy.execute(() => order.push('waiting'));
      clock.leap(100);
      expect(
        await errorOf(
          policy.execute(() => order.push('refused')).finally(() => undefined),
          new TestClock(),
        ),
      ).toMatchObject({
        retryAfterMs: 0,
      });
      await clock.advance(0);
      expect(order).toEqual(['first', 'waiting']);
    },
  );

  it('K2 goes by the monotonic clock', async () => {
    const clock = new TestClock();
    const policy = rateLimiter({ limit: 1, intervalMs: 100, clock });
    await policy.execute(() => 1);
    clock.jumpWall(3_600_000);
    expect(
      isRateLimitedError(
        await errorOf(
          policy.execute(() => 1),
          clock,
        ),
      ),
    ).toBe(true);
  });
});
