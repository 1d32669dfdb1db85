import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { bulkhead, isBulkheadFullError, pipeline, timeout } from '../src/index.ts';
import { fail, hangForever, TestClock } from '../src/testing/index.ts';
import { errorOf, manual, settle } from './support.ts';

describe('bulkhead', () => {
  it('runs 10 at once and queues none by default', async () => {
    const policy = bulkhead();
    const { operation, calls } = manual();
    for (let i = 0; i < 10; i += 1) void policy.execute(operation);
    const rejection = vi.fn();
    policy.on('rejection', rejection);
    const error = await errorOf(policy.execute(operation, { key: 'k' }));
    expect(isBulkheadFullError(error) && [error.name, error.code, error.maxConcurrent, error.maxQueue]).toEqual([
      'BulkheadFullError',
      'bulkhead_full',
      10,
      0,
    ]);
    expect((error as Error).message).toBe('All 10 places and 0 places in the queue are taken');
    expect(rejection).toHaveBeenCalledWith({ error, key: 'k' });
    expect([policy.running, policy.waiting, calls.length]).toEqual([10, 0, 10]);
  });

  it('K1 is first come, first served', async () => {
    const clock = new TestClock();
    const policy = bulkhead({ maxConcurrent: 1, maxQueue: 3, clock });
    const { operation, calls } = manual();
    const queued = vi.fn();
    policy.on('queued', queued);
    const ends: number[] = [];
    [0, 1, 2, 3].forEach((index) => void policy.execute(operation).then(() => ends.push(index)));
    expect([policy.running, policy.waiting]).toEqual([1, 3]);
    expect(queued.mock.calls.map(([event]) => (event as { waiting: number }).waiting)).toEqual([1, 2, 3]);
    for (let index = 0; index < 4; index += 1) {
      expect(calls).toHaveLength(index + 1);
      calls[index]?.resolve('ok');
      await clock.advance(0);
    }
    expect(ends).toEqual([0, 1, 2, 3]);
    expect([policy.running, policy.waiting]).toEqual([0, 0]);
  });

  it('K1 a waiting call that is aborted leaves at once and frees its place in the queue', async () => {
    const clock = new TestClock();
    const policy = bulkhead({ maxConcurrent: 1, maxQueue: 1, clock });
    const { operation, calls } = manual();
    void policy.execute(operation);
    const controller = new AbortController();
    const waiting = policy.execute(operation, { signal: controller.signal });
    expect(isBulkheadFullError(await errorOf(policy.execute(operation)))).toBe(true);
    controller.abort('no more');
    expect(policy.waiting).toBe(0);
    expect(await errorOf(waiting)).toBe('no more');
    const next = policy.execute(operation);
    calls[0]?.resolve('first');
    await clock.advance(0);
    calls[1]?.resolve('second');
    expect(await settle(next)).toEqual({ value: 'second' });
  });

  it('K1 a timeout around it ends the wait', async () => {
    const clock = new TestClock();
    const policy = bulkhead({ maxConcurrent: 1, maxQueue: 1, clock });
    void policy.execute(hangForever());
    await errorOf(pipeline(timeout({ ms: 10, clock }), policy).execute(hangForever()), clock, 10);
    expect([policy.running, policy.waiting]).toEqual([1, 0]);
  });

  it('K1 gives each place back exactly once, also after a synchronous throw', async () => {
    const policy = bulkhead({ maxConcurrent: 1 });
    for (let i = 0; i < 5; i += 1) {
      await errorOf(
        policy.execute(() => {
          throw new Error('sync');
        }),
      );
      await errorOf(policy.execute(fail(new Error('async'))));
      expect(await settle(policy.execute(() => 1))).toEqual({ value: 1 });
      expect(policy.running).toBe(0);
    }
  });

  it('K1 empties a long queue of synchronous operations without deep recursion', async () => {
    const policy = bulkhead({ maxConcurrent: 1, maxQueue: Infinity });
    const { operation, calls } = manual();
    void policy.execute(operation);
    const rest = Array.from({ length: 50_000 }, (_, index) => policy.execute(() => index));
    calls[0]?.resolve('go');
    expect((await Promise.all(rest)).at(-1)).toBe(49_999);
    expect([policy.running, policy.waiting]).toEqual([0, 0]);
  });

  it('K1 shares its places between pipelines', async () => {
    const clock = new TestClock();
    const policy = bulkhead({ maxConcurrent: 1, maxQueue: 1, clock });
    const { operation, calls } = manual();
    void pipeline(policy).execute(operation);
    const other = pipeline(timeout({ ms: 50, clock }), policy).execute(() => 'other');
    calls[0]?.resolve('ok');
    expect(await settle(other, clock)).toEqual({ value: 'other' });
  });

  it('K1 never runs more than allowed, never idles while calls wait, and keeps the order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.oneof(fc.constant('call' as const), fc.nat(9), fc.constant('abort' as const)), { maxLength: 60 }),
        async (maxConcurrent, ops) => {
          const policy = bulkhead({ maxConcurrent, maxQueue: 5 });
          const running: (() => void)[] = [];
          const started: number[] = [];
          const controllers: AbortController[] = [];
          let number = 0;
          for (const op of ops) {
            if (op === 'call') {
              const mine = (number += 1);
              const controller = new AbortController();
              controllers.push(controller);
              policy
                .execute(() => {
                  started.push(mine);
                  return new Promise<void>((resolve) => running.push(resolve));
                }, controller)
                .catch(() => undefined);
            } else if (op === 'abort') {
              controllers.pop()?.abort();
            } else {
              running.splice(op % Math.max(1, running.length), 1)[0]?.();
            }
            for (let tick = 0; tick < 4; tick += 1) await Promise.resolve();
            expect(policy.running).toBe(running.length);
            expect(policy.running).toBeLessThanOrEqual(maxConcurrent);
            if (policy.waiting > 0) expect(policy.running).toBe(maxConcurrent);
          }
          expect(started).toEqual(started.toSorted((a, b) => a - b));
        },
      ),
      { numRuns: 200 },
    );
  });
});
