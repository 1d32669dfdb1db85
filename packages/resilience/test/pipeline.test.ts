import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import {
  circuitBreaker,
  fallback,
  pipeline,
  type Policy,
  rateLimiter,
  retry,
  systemClock,
  timeout,
  type TimeoutError,
} from '../src/index.ts';
import { fail, hang, script, succeed, TestClock } from '../src/testing/index.ts';
import { errorOf, settle } from './support.ts';

/** A policy from somewhere else: nothing but `execute`. */
function foreign(log: string[], name: string): Policy {
  return {
    async execute(operation, options) {
      log.push(`> ${name}`);
      try {
        return await operation({
          signal: options?.signal ?? new AbortController().signal,
          attempt: 1,
          deadline: undefined,
          key: undefined,
          remainingMs: () => undefined,
        });
      } finally {
        log.push(`< ${name}`);
      }
    },
  };
}

describe('pipeline', () => {
  it('X1 composes from the outside to the inside', async () => {
    const log: string[] = [];
    const inner = pipeline(foreign(log, 'b'), foreign(log, 'c'));
    const result = await pipeline(foreign(log, 'a'), inner).execute(() => log.push('run'));
    expect(result).toBe(4);
    expect(log).toEqual(['> a', '> b', '> c', 'run', '< c', '< b', '< a']);
  });

  it('X1 the order decides: a timeout outside ends all attempts, inside each one', async () => {
    const attempts = async (order: 'outside' | 'inside') => {
      const clock = new TestClock();
      const [again, limit] = [retry({ clock, jitter: 'none' }), timeout({ ms: 150, clock })];
      const operation = script(hang());
      await errorOf(
        (order === 'outside' ? pipeline(limit, again) : pipeline(again, limit)).execute(operation),
        clock,
        5_000,
      );
      return operation.calls.length;
    };
    expect([await attempts('outside'), await attempts('inside')]).toEqual([1, 3]);
  });

  it('X1 a breaker outside counts calls, inside attempts', async () => {
    const clock = new TestClock();
    for (const [place, state] of [
      ['outside', 'closed'],
      ['inside', 'open'],
    ] as const) {
      const breaker = circuitBreaker({ clock, failureThreshold: 3 });
      const again = retry({ clock });
      const policy = place === 'outside' ? pipeline(breaker, again) : pipeline(again, breaker);
      await errorOf(policy.execute(fail(new Error('x'))), clock, 5_000);
      expect(breaker.state).toBe(state);
    }
  });

  it.each([
    ['no policy', () => pipeline()],
    ['retry', () => retry()],
    ['a breaker', () => circuitBreaker({ failureThreshold: 99 })],
    ['a timeout', () => timeout(1_000)],
    ['all of them', () => pipeline(retry(), circuitBreaker(), timeout(1_000))],
    ['foreign ones', () => pipeline(foreign([], 'a'), retry({ maxAttempts: 1 }), foreign([], 'b'))],
  ])('X1 %s: values, promises, thenables, undefined and throws', async (_name, create) => {
    const policy = create();
    const thenable = {
      then: (resolve: (value: string) => void) => {
        resolve('thenable');
      },
    };
    class Special extends Promise<string> {}
    expect(await policy.execute(() => 1)).toBe(1);
    const nothing = await policy.execute<unknown>(() => undefined);
    expect(nothing).toBeUndefined();
    expect(await policy.execute(() => null)).toBeNull();
    expect(await policy.execute(() => ({ then: 'not a function' }))).toEqual({ then: 'not a function' });
    expect(await policy.execute(() => Promise.resolve(2))).toBe(2);
    expect(await policy.execute(() => thenable as PromiseLike<string>)).toBe('thenable');
    expect(await policy.execute(() => Object.assign(() => 0, thenable) as unknown as PromiseLike<string>)).toBe(
      'thenable',
    );
    expect(await policy.execute(() => Special.resolve('special'))).toBe('special');
    const once = circuitBreaker();
    const error = new Error('x');
    const throwing = {
      get then(): never {
        throw error;
      },
    };
    for (const operation of [
      () => {
        throw error;
      },
      () => Promise.reject(error),
      () => ({ then: (_: unknown, reject: (thrown: unknown) => void) => reject(error) }) as PromiseLike<never>,
      () => throwing as unknown as PromiseLike<never>,
    ]) {
      expect(
        await pipeline(once, retry({ shouldRetry: () => false }))
          .execute(operation)
          .catch((thrown: unknown) => thrown),
      ).toBe(error);
    }
  });

  it('X1 hands the context through every policy', async () => {
    const clock = new TestClock();
    const policy = pipeline(
      timeout({ ms: 500, clock }),
      retry({ clock, jitter: 'none' }),
      circuitBreaker({ clock }),
      timeout({ ms: 50, clock }),
    );
    const operation = script(fail('x'), succeed('ok'));
    await settle(
      policy.execute(operation, { key: 'k', signal: new AbortController().signal, deadlineMs: 900 }),
      clock,
      200,
    );
    expect(operation.calls.map(({ attempt, deadline, key }) => [attempt, deadline, key])).toEqual([
      [1, 50, 'k'],
      [2, 150, 'k'],
    ]);
    expect(operation.calls[0]?.signal).not.toBe(operation.calls[1]?.signal);
  });

  it('X1 gives the operation the signal of the caller itself where nothing else can abort', async () => {
    const { signal } = new AbortController();
    const operation = script(fail('x'), succeed('ok'));
    const clock = new TestClock();
    await settle(pipeline(retry({ clock }), circuitBreaker({ clock })).execute(operation, { signal }), clock, 200);
    expect(operation.calls.map((call) => call.signal)).toEqual([signal, signal]);
    const alone = script(succeed(1));
    await pipeline().execute(alone);
    expect(alone.calls[0]?.signal.aborted).toBe(false);
    expect(alone.calls[0]?.signal).toBe(alone.calls[0]?.signal);
  });

  it('X1 a signal read after its timeout is aborted already', async () => {
    const clock = new TestClock();
    const operation = script(() => new Promise<never>(() => undefined));
    const error = await errorOf(timeout({ ms: 10, clock }).execute(operation), clock, 10);
    expect(operation.calls[0]?.signal.aborted).toBe(true);
    expect(operation.calls[0]?.signal.reason).toBe(error);
  });

  it('X1 an abort of the caller after the end does not reach the operation any more', async () => {
    const clock = new TestClock();
    const controller = new AbortController();
    const operation = script((context) => context.signal.aborted);
    await timeout({ ms: 10, clock }).execute(operation, { signal: controller.signal });
    controller.abort();
    expect(operation.calls[0]?.signal.aborted).toBe(false);
  });

  it('X1 aborts reach through nested scopes to every signal that was read', async () => {
    const clock = new TestClock();
    const controller = new AbortController();
    const operation = script(hang());
    const limit = () => timeout({ ms: 1_000, clock, strategy: 'cooperative' });
    const call = pipeline(limit(), limit(), limit()).execute(operation, { signal: controller.signal });
    controller.abort('deep');
    expect(await errorOf(call, clock)).toBe('deep');
    expect(operation.calls[0]?.signal.reason).toBe('deep');
  });

  it('X1 a foreign policy passes on signal, key and the time left, and its errors', async () => {
    const clock = new TestClock();
    const seen: unknown[] = [];
    const spy: Policy = {
      execute: (operation, options) => {
        seen.push([options?.key, options?.deadlineMs]);
        return foreign([], 'x').execute(operation, options);
      },
    };
    const controller = new AbortController();
    const call = pipeline(timeout({ ms: 100, clock }), spy).execute(hang(), { key: 'k', signal: controller.signal });
    await clock.advance(0);
    expect(seen).toEqual([['k', 100]]);
    controller.abort('stop');
    expect(await errorOf(call, clock)).toBe('stop');
    const broken: Policy = {
      execute: () => {
        throw new Error('broken policy');
      },
    };
    expect(
      await errorOf(
        pipeline(retry({ maxAttempts: 1, clock }), broken).execute(() => 1),
        clock,
      ),
    ).toMatchObject({ message: 'broken policy' });
  });

  it('uses the clock of its first policy', async () => {
    const clock = new TestClock();
    const operation = script(hang());
    const call = pipeline(foreign([], 'a'), retry({ clock })).execute(operation, { deadlineMs: 10 });
    expect(await errorOf(call, clock, 10)).toMatchObject({ code: 'timeout' });
    expect(await pipeline().execute(({ deadline }) => deadline, { deadlineMs: 60_000 })).toBeGreaterThan(
      systemClock.monotonic(),
    );
  });

  it('may be used again and at the same time', async () => {
    const clock = new TestClock();
    const policy = pipeline(retry({ clock }), circuitBreaker({ clock }), timeout({ ms: 100, clock }));
    const results = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => policy.execute(() => Promise.resolve(index))),
    );
    expect(results).toEqual(results.map((_, index) => index));
    expect(clock.pendingTimers).toBe(0);
  });

  it('two observers of one call are both told, and both let go', async () => {
    const clock = new TestClock();
    const controller = new AbortController();
    const add = vi.spyOn(controller.signal, 'addEventListener');
    const remove = vi.spyOn(controller.signal, 'removeEventListener');
    const policy = pipeline(
      timeout({ ms: 50, clock }),
      timeout({ ms: 60, clock }),
      rateLimiter({ limit: 1, clock, maxQueue: 2 }),
    );
    await policy.execute(() => 1, { signal: controller.signal });
    const waiting = policy.execute(() => 2, { signal: controller.signal, deadlineMs: 70 });
    expect(await errorOf(waiting, clock, 50)).toMatchObject({ timeoutMs: 50 });
    expect(add.mock.calls.length).toBe(remove.mock.calls.length);
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps the type of the result', () => {
    const policy = pipeline(
      fallback(() => 0),
      retry(),
    );
    expectTypeOf(policy.execute(() => 1)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(policy.execute(async () => 'x')).toEqualTypeOf<Promise<string>>();
    const errors: TimeoutError[] = [];
    timeout(5).on('timeout', ({ error }) => errors.push(error));
    expect(errors).toEqual([]);
  });
});
