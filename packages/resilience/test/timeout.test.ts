import { describe, expect, it, vi } from 'vitest';
import { isTimeoutError, pipeline, retry, systemClock, timeout, type TimeoutError } from '../src/index.ts';
import { fail, hang, hangForever, script, TestClock } from '../src/testing/index.ts';
import { errorOf, manual, settle } from './support.ts';

describe('timeout', () => {
  it('rejects after the time, aborts the signal and leaves no timer', async () => {
    const clock = new TestClock();
    const operation = script(hangForever());
    const call = timeout({ ms: 100, clock }).execute(operation);
    expect(await settle(call, clock, 99)).toBe('pending');
    const error = await errorOf(call, clock, 1);
    expect(error).toMatchObject({
      name: 'TimeoutError',
      code: 'timeout',
      timeoutMs: 100,
      scope: 'timeout',
      message: 'Timed out after 100 ms',
    });
    expect(operation.calls[0]?.signal.reason).toBe(error);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not touch what is in time', async () => {
    const clock = new TestClock();
    const operation = script(() => 'value');
    expect(await settle(timeout({ ms: 1, clock }).execute(operation), clock, 10)).toEqual({ value: 'value' });
    expect(operation.calls[0]?.signal.aborted).toBe(false);
    const down = new Error('down');
    expect(await errorOf(timeout({ ms: 1, clock }).execute(fail(down)), clock)).toBe(down);
  });

  it('T1 an abort by the caller is no timeout: it rejects with the reason, and no event is emitted', async () => {
    for (const strategy of ['aggressive', 'cooperative'] as const) {
      const clock = new TestClock();
      const policy = timeout({ ms: 100, strategy, clock });
      const onTimeout = vi.fn();
      policy.on('timeout', onTimeout);
      const controller = new AbortController();
      const call = policy.execute(hang(), { signal: controller.signal });
      await clock.advance(50);
      controller.abort('mine');
      expect(await errorOf(call, clock, 100)).toBe('mine');
      expect(onTimeout).not.toHaveBeenCalled();
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it('T1 emits one event per timeout', async () => {
    const clock = new TestClock();
    const policy = timeout({ ms: 100, clock });
    const onTimeout = vi.fn();
    policy.on('timeout', onTimeout);
    const error = await errorOf(policy.execute(hang(), { key: 'k' }), clock, 100);
    expect(onTimeout.mock.calls).toEqual([[{ timeoutMs: 100, key: 'k', error }]]);
  });

  it('T1 an aggressive timeout settles on abort even if the operation does not', async () => {
    const clock = new TestClock();
    const controller = new AbortController();
    const call = timeout({ ms: 100, clock }).execute(hangForever(), { signal: controller.signal });
    controller.abort('mine');
    expect(await errorOf(call, clock)).toBe('mine');
  });

  it('T1 a cooperative timeout waits for the operation and keeps its error as cause', async () => {
    const clock = new TestClock();
    const cause = new Error('connection closed');
    const operation = manual();
    const call = timeout({ ms: 100, clock, strategy: 'cooperative' }).execute(operation.operation);
    expect(await settle(call, clock, 200)).toBe('pending');
    operation.calls[0]?.reject(cause);
    const error = await errorOf(call, clock);
    expect(isTimeoutError(error) && error.cause).toBe(cause);
    const plain = await errorOf(timeout({ ms: 1, clock, strategy: 'cooperative' }).execute(hang()), clock, 1);
    expect(isTimeoutError(plain) && plain.cause).toBeUndefined();
  });

  it('T1 a cooperative timeout takes an answer that still came', async () => {
    const clock = new TestClock();
    const { operation, calls } = manual();
    const call = timeout({ ms: 100, clock, strategy: 'cooperative' }).execute(operation);
    await clock.advance(150);
    calls[0]?.resolve('late');
    expect(await settle(call, clock)).toEqual({ value: 'late' });
  });

  it('T1 the nearer of two timeouts wins', async () => {
    const clock = new TestClock();
    const outer = await errorOf(
      pipeline(timeout({ ms: 10, clock }), timeout({ ms: 20, clock })).execute(hang()),
      clock,
      30,
    );
    const inner = await errorOf(
      pipeline(timeout({ ms: 20, clock }), timeout({ ms: 10, clock })).execute(hang()),
      clock,
      30,
    );
    expect([outer, inner].map((error) => (error as TimeoutError).timeoutMs)).toEqual([10, 10]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('T1 the operation sees the nearer of the deadlines', async () => {
    const clock = new TestClock();
    const operation = script(() => 1);
    for (const [a, b] of [
      [10, 20],
      [20, 10],
    ] as const) {
      await pipeline(timeout({ ms: a, clock }), timeout({ ms: b, clock })).execute(operation);
      await timeout({ ms: a, clock }).execute(operation, { deadlineMs: b });
    }
    expect(operation.calls.map(({ deadline }) => deadline)).toEqual([10, 10, 10, 10]);
  });

  it('times each call from its own start, with one timer for all', async () => {
    const clock = new TestClock();
    const policy = timeout({ ms: 100, clock });
    const ends: string[] = [];
    const run = (name: string, operation = hang()): void => {
      policy.execute(operation).catch(() => ends.push(`${name}@${clock.monotonic()}`));
    };
    run('a');
    await clock.advance(30);
    run('b');
    run('c');
    const { operation, calls } = manual<never>();
    run('quick', operation);
    await clock.advance(30);
    run('d');
    expect(clock.pendingTimers).toBe(1);
    calls[0]?.reject(new Error('x'));
    await clock.advance(0);
    await clock.advance(200);
    expect(ends).toEqual(['quick@60', 'a@100', 'b@130', 'c@130', 'd@160']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('T2 ten thousand calls on one shared signal leave no listener and no timer', async () => {
    const clock = new TestClock();
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    const policy = pipeline(
      retry({ clock, maxAttempts: 2, jitter: 'none', initialDelayMs: 1 }),
      timeout({ ms: 1_000, clock }),
    );
    const operations = [
      script(() => 1),
      script(fail(new Error('x'))),
      script(hang()),
      script((context) => Promise.resolve(context.signal.aborted)),
    ];
    for (let round = 0; round < 50; round += 1) {
      const calls = Array.from({ length: 200 }, (_, index) =>
        policy.execute<unknown>(operations[index % 4]!, { signal, deadlineMs: 5_000 }).catch(() => undefined),
      );
      expect(listeners).toBeGreaterThan(0);
      await clock.advance(6_000);
      await Promise.all(calls);
    }
    expect(listeners).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('T2 the platform clock is left with nothing that keeps the process alive', async () => {
    const active = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = active();
    const policy = pipeline(retry(), timeout(60_000));
    const calls = Array.from({ length: 100 }, () => policy.execute(() => Promise.resolve(1)));
    expect(active()).toBe(before + 1);
    await Promise.all(calls);
    expect(active()).toBe(before);
    await policy.execute(() => 1, { deadlineMs: 60_000 });
    expect(active()).toBe(before);
  });

  it('T3 a late rejection of an operation that has timed out is observed', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const clock = new TestClock();
    const { operation, calls } = manual<never>();
    await errorOf(timeout({ ms: 10, clock }).execute(operation), clock, 10);
    await errorOf(timeout({ ms: 1_000, clock }).execute(operation, { deadlineMs: 10 }), clock, 10);
    for (const call of calls) call.reject(new Error('late'));
    await systemClock.sleep(1);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('R6 cancels the body of an answer that came too late', async () => {
    const clock = new TestClock();
    const cancel = vi.fn(() => Promise.resolve());
    const { operation, calls } = manual<unknown>();
    await errorOf(timeout({ ms: 10, clock }).execute(operation), clock, 10);
    await errorOf(timeout({ ms: 99, clock }).execute(operation, { deadlineMs: 10 }), clock, 10);
    await errorOf(
      timeout({ ms: 99, clock, strategy: 'cooperative' }).execute(operation, { deadlineMs: 10 }),
      clock,
      10,
    );
    for (const call of calls) call.resolve({ body: { cancel } });
    await clock.advance(0);
    expect(cancel).toHaveBeenCalledTimes(3);
  });
});
