import { describe, expect, it, vi } from 'vitest';
import {
  bulkhead,
  circuitBreaker,
  isCircuitOpenError,
  isTimeoutError,
  pipeline,
  rateLimiter,
  retry,
  retryBudget,
  retryInfo,
  type RetryOptions,
  timeout,
  TimeoutError,
} from '../src/index.ts';
import { fail, hang, script, succeed, TestClock } from '../src/testing/index.ts';
import { errorOf, settle } from './support.ts';

const down = new Error('down');

function setup(options: RetryOptions = {}) {
  const clock = new TestClock();
  return { clock, policy: retry({ clock, jitter: 'none', ...options }) };
}

describe('retry', () => {
  it('makes 3 attempts with 100 and 200 ms in between by default', async () => {
    const { clock, policy } = setup();
    const operation = script<never>(fail(down));
    const result = policy.execute(operation);
    expect(await settle(result, clock, 99)).toBe('pending');
    expect(operation.calls).toHaveLength(1);
    await clock.advance(1);
    expect(operation.calls).toHaveLength(2);
    await clock.advance(199);
    expect(operation.calls).toHaveLength(2);
    expect(await errorOf(result, clock, 1)).toBe(down);
    expect(operation.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('jitters by default, over the whole delay', async () => {
    const clock = new TestClock();
    const delays: number[] = [];
    const policy = retry({ clock, random: () => 0.25 });
    policy.on('retry', ({ delayMs }) => delays.push(delayMs));
    await errorOf(policy.execute(script<never>(fail(down))), clock, 1_000);
    expect(delays).toEqual([25, 50]);
  });

  it('never waits longer than maxDelayMs', async () => {
    const { clock, policy } = setup({ maxAttempts: 9 });
    const delays: number[] = [];
    policy.on('retry', ({ delayMs }) => delays.push(delayMs));
    await errorOf(policy.execute(script<never>(fail(down))), clock, 60_000);
    expect(delays.slice(-3)).toEqual([3_200, 5_000, 5_000]);
  });

  it('R1 a signal aborted beforehand never calls the operation', async () => {
    const { policy, clock } = setup();
    const operation = script(succeed(1));
    const reason = { why: 'not wanted' };
    expect(await errorOf(policy.execute(operation, { signal: AbortSignal.abort(reason) }), clock)).toBe(reason);
    expect(operation.calls).toHaveLength(0);
  });

  it('R1 an abort during the backoff settles at once with the reason, and leaves no timer', async () => {
    const { clock, policy } = setup();
    const operation = script<never>(fail(down));
    const controller = new AbortController();
    const result = policy.execute(operation, { signal: controller.signal });
    await clock.advance(50);
    const gaveUp = vi.fn();
    policy.on('giveUp', gaveUp);
    controller.abort('enough');
    expect(await errorOf(result, clock)).toBe('enough');
    expect(gaveUp).toHaveBeenCalledWith({
      attempts: 1,
      totalDelayMs: 100,
      reason: 'aborted',
      error: 'enough',
      key: undefined,
    });
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(10_000);
    expect(operation.calls).toHaveLength(1);
  });

  it('R1 no attempt follows an abort during an attempt; its error is handed out', async () => {
    const { clock, policy } = setup();
    const controller = new AbortController();
    const operation = script(hang());
    const result = policy.execute(operation, { signal: controller.signal });
    const reason = new Error('stop');
    controller.abort(reason);
    expect(await errorOf(result, clock, 10_000)).toBe(reason);
    expect(operation.calls).toHaveLength(1);
    expect(retryInfo(reason)).toBeUndefined();
  });

  it.each(['attempt', 'retry'] as const)('R1 an abort inside a listener of "%s" starts no attempt', async (type) => {
    const { clock, policy } = setup();
    const controller = new AbortController();
    const operation = script<never>(fail(down));
    policy.on(type, () => controller.abort('listener'));
    expect(await errorOf(policy.execute(operation, { signal: controller.signal }), clock, 10_000)).toBe('listener');
    expect(operation.calls).toHaveLength(type === 'attempt' ? 0 : 1);
    expect(clock.pendingTimers).toBe(0);
  });

  it('R2 fails at once with the last error when the delay would reach the deadline', async () => {
    const { clock, policy } = setup({ maxAttempts: 10 });
    const error = await errorOf(policy.execute(script<never>(fail(down)), { deadlineMs: 300 }), clock, 100);
    expect(error).toBe(down);
    expect(retryInfo(error)).toEqual({ attempts: 2, totalDelayMs: 100, reason: 'deadline', retryAfterMs: undefined });
    expect(clock.pendingTimers).toBe(0);
  });

  it('R2 keeps the least time for an attempt free', async () => {
    const starts = async (minAttemptMs: number) => {
      const { clock, policy } = setup({ minAttemptMs });
      const operation = script<never>(fail(down));
      await errorOf(policy.execute(operation, { deadlineMs: 150 }), clock, 200);
      return operation.calls.length;
    };
    expect([await starts(0), await starts(49), await starts(50), await starts(51)]).toEqual([2, 2, 1, 1]);
  });

  it('R2 ends an attempt that is under way at the deadline', async () => {
    const { clock, policy } = setup();
    const operation = script(hang());
    const result = policy.execute(operation, { deadlineMs: 1_000 });
    expect(await settle(result, clock, 999)).toBe('pending');
    const error = await errorOf(result, clock, 1);
    expect(isTimeoutError(error) && [error.scope, error.timeoutMs]).toEqual(['deadline', 1_000]);
    expect(operation.calls[0]?.signal.reason).toBe(error);
  });

  it('R3 each attempt sees less of the deadline, and the nearer of it and its own timeout', async () => {
    const clock = new TestClock();
    const policy = pipeline(retry({ clock, jitter: 'none', maxAttempts: 5 }), timeout({ ms: 400, clock }));
    const left: (number | undefined)[] = [];
    const result = policy.execute(
      (context) => {
        left.push(context.remainingMs());
        return hang()(context);
      },
      { deadlineMs: 1_000 },
    );
    await errorOf(result, clock, 1_000);
    expect(left).toEqual([400, 400]);
    const again = policy.execute(
      async (context) => {
        left.push(context.remainingMs());
        await clock.sleep(300);
        throw down;
      },
      { deadlineMs: 1_000 },
    );
    await errorOf(again, clock, 1_000);
    expect(left.slice(2)).toEqual([400, 400, 100]);
  });

  it('R3 without a deadline there is no time left to tell; afterwards it is 0', async () => {
    const { clock, policy } = setup();
    const operation = script(succeed(1));
    await settle(policy.execute(operation), clock);
    expect([operation.calls[0]?.deadline, operation.calls[0]?.remainingMs()]).toEqual([undefined, undefined]);
    await settle(policy.execute(operation, { deadlineMs: 10 }), clock, 20);
    expect([operation.calls[1]?.deadline, operation.calls[1]?.remainingMs()]).toEqual([10, 0]);
  });

  it.each([NaN, -1])('refuses a deadline of %d', async (deadlineMs) => {
    const { policy, clock } = setup();
    const error = await errorOf(
      policy.execute(() => 1, { deadlineMs }),
      clock,
    );
    expect(error).toMatchObject({ name: 'InvalidOptionError', option: 'deadlineMs' });
  });

  it('R5 takes the wait the service asks for as a floor, and gives up beyond the cap', async () => {
    const { clock, policy } = setup({
      retryAfterMs: (error) => (error as { hint?: number }).hint,
      maxRetryAfterMs: 1_000,
    });
    const delays: [number, string][] = [];
    policy.on('retry', ({ delayMs, reason }) => delays.push([delayMs, reason]));
    await settle(policy.execute(script(fail({ hint: 700 }), fail({ hint: 150 }), succeed(1))), clock, 2_000);
    expect(delays).toEqual([
      [700, 'retry-after'],
      [200, 'backoff'],
    ]);
    const atCap = script(fail({ hint: 1_000 }), succeed(1));
    expect(await settle(policy.execute(atCap), clock, 1_000)).toEqual({ value: 1 });
    const tooLong = { hint: 1_001 };
    expect(await errorOf(policy.execute(script<never>(fail(tooLong))), clock)).toBe(tooLong);
    expect(retryInfo(tooLong)).toEqual({ attempts: 1, totalDelayMs: 0, reason: 'retry-after', retryAfterMs: 1_001 });
  });

  it.each([NaN, -5])('R5 ignores the hint %d', async (hint) => {
    const { clock, policy } = setup({ retryAfterMs: () => hint });
    expect(await settle(policy.execute(script(fail(down), succeed(1))), clock, 100)).toEqual({ value: 1 });
  });

  it('R6 repeats what must not run twice only if it surely never ran', async () => {
    const { clock, policy } = setup({ neverRan: (error) => error === 'refused' });
    const options = { idempotent: false };
    expect(await settle(policy.execute(script(fail('refused'), succeed(1)), options), clock, 100)).toEqual({
      value: 1,
    });
    const operation = script<never>(fail(down));
    expect(await errorOf(policy.execute(operation, options), clock, 1_000)).toBe(down);
    expect(operation.calls).toHaveLength(1);
    expect(retryInfo(down)).toMatchObject({ reason: 'not-idempotent', attempts: 1 });
    const plain = setup();
    const other = script<never>(fail(new Error('x')));
    await errorOf(plain.policy.execute(other, options), plain.clock, 1_000);
    expect(other.calls).toHaveLength(1);
  });

  it('R6 cancels the body of each result it does not hand out', async () => {
    const { clock, policy } = setup({ shouldRetryResult: (value) => (value as Response).status === 503 });
    const cancelled: number[] = [];
    const response = (index: number) => () =>
      new Response(new ReadableStream({ cancel: () => void cancelled.push(index) }), { status: 503 });
    const result = await settle(policy.execute(script(response(1), response(2), response(3))), clock, 1_000);
    expect(cancelled).toEqual([1, 2]);
    expect(result).toMatchObject({ value: { status: 503 } });
  });

  it('R6 hands out a result that needs no further attempt, and one that may not be repeated', async () => {
    const discard = vi.fn();
    const { clock, policy } = setup({ shouldRetryResult: (value) => value === 'busy', discard });
    expect(
      await settle(
        policy.execute(() => 'fine'),
        clock,
      ),
    ).toEqual({ value: 'fine' });
    expect(
      await settle(
        policy.execute(() => 'busy', { idempotent: false }),
        clock,
      ),
    ).toEqual({ value: 'busy' });
    expect(discard).not.toHaveBeenCalled();
    expect(
      await settle(
        policy.execute(
          script(
            () => 'busy',
            () => 'fine',
          ),
        ),
        clock,
        100,
      ),
    ).toEqual({ value: 'fine' });
    expect(discard.mock.calls).toEqual([['busy']]);
    expect(
      await settle(
        policy.execute(
          script(() => 'busy'),
          { deadlineMs: 100 },
        ),
        clock,
      ),
    ).toEqual({ value: 'busy' });
  });

  it('R7 keeps the load under total failure at 1 + ratio, and never holds back a first attempt', async () => {
    const clock = new TestClock();
    const budget = retryBudget({ ratio: 0.2 });
    const policies = [retry({ clock, jitter: 'none', budget }), retry({ clock, jitter: 'none', budget })];
    let attempts = 0;
    const exhausted = vi.fn();
    for (const policy of policies) policy.on('budgetExhausted', exhausted);
    for (let call = 0; call < 500; call += 1) {
      const operation = script<never>(fail(new Error('down')));
      const error = await errorOf(policies[call % 2]!.execute(operation, { key: 'db' }), clock, 1_000);
      expect(operation.calls.length).toBeGreaterThanOrEqual(1);
      attempts += operation.calls.length;
      if (operation.calls.length < 3) expect(retryInfo(error)?.reason).toBe('budget');
    }
    expect(attempts).toBe(600);
    expect(exhausted).toHaveBeenCalled();
    expect(exhausted.mock.calls[0]).toEqual([{ attempt: 1, error: expect.any(Error) as unknown, key: 'db' }]);
  });

  it('R8 does not retry what an inner breaker, bulkhead or limiter refused', async () => {
    const clock = new TestClock();
    const breaker = circuitBreaker({ clock });
    breaker.isolate();
    const full = bulkhead({ maxConcurrent: 1 });
    void full.execute(() => new Promise(() => undefined));
    const limited = rateLimiter({ limit: 1, clock });
    await limited.execute(() => 1);
    for (const inner of [breaker, full, limited]) {
      const attempts = vi.fn();
      const outer = retry({ clock });
      outer.on('attempt', attempts);
      await errorOf(
        pipeline(outer, inner).execute(() => 1),
        clock,
      );
      expect(attempts).toHaveBeenCalledTimes(1);
    }
  });

  it('R8 retries rejections on request, not before their own hint', async () => {
    const clock = new TestClock();
    const outer = retry({ clock, jitter: 'none', retryOnRejection: true, maxRetryAfterMs: 2_000 });
    const policy = pipeline(outer, rateLimiter({ limit: 1, intervalMs: 1_000, clock }));
    await policy.execute(() => 1);
    const second = policy.execute(() => 2);
    expect(await settle(second, clock, 999)).toBe('pending');
    expect(await settle(second, clock, 1)).toEqual({ value: 2 });
  });

  it('R9 hands out the last error with its causes, and a note of bounded size', async () => {
    const { clock, policy } = setup({ maxAttempts: 500, maxDelayMs: 1 });
    const cause = new Error('root');
    let last: unknown;
    const error = await errorOf(
      policy.execute(() => {
        throw (last = new Error('top', { cause }));
      }),
      clock,
      1_000,
    );
    expect(error).toBe(last);
    expect((error as Error).cause).toBe(cause);
    expect(retryInfo(error)).toEqual({ attempts: 500, totalDelayMs: 499, reason: 'attempts', retryAfterMs: undefined });
    expect(Object.keys(error as object)).toEqual([]);
  });

  it.each(['text', 7, null, undefined, Object.freeze(new Error('frozen'))])(
    'R9 copes with %s thrown',
    async (thrown) => {
      const { clock, policy } = setup();
      expect(await errorOf(policy.execute(script<never>(fail(thrown))), clock, 1_000)).toBe(thrown);
      expect(retryInfo(thrown)).toBeUndefined();
    },
  );

  it('asks shouldRetry with the error and the context of the failed attempt', async () => {
    const shouldRetry = vi.fn((_error: unknown, context: { attempt: number }) => context.attempt < 2);
    const { clock, policy } = setup({ shouldRetry });
    const operation = script<never>(fail(down));
    expect(await errorOf(policy.execute(operation, { key: 'k' }), clock, 1_000)).toBe(down);
    expect(shouldRetry.mock.calls.map(([error, { attempt }]) => [error, attempt])).toEqual([
      [down, 1],
      [down, 2],
    ]);
    expect(shouldRetry.mock.calls[1]?.[1]).toMatchObject({ key: 'k' });
    expect(retryInfo(down)).toMatchObject({ attempts: 2, reason: 'not-retryable' });
  });

  it('leaves an error alone that is not retried at all', async () => {
    const { clock, policy } = setup({ shouldRetry: () => false });
    const error = new Error('plain');
    await errorOf(policy.execute(script<never>(fail(error))), clock);
    expect(retryInfo(error)).toBeUndefined();
  });

  it.each([true, false])('retries timeouts: %s', async (retryOnTimeout) => {
    const { clock, policy } = setup({ retryOnTimeout });
    const operation = script<never>(fail(new TimeoutError(5)));
    await errorOf(policy.execute(operation), clock, 1_000);
    expect(operation.calls).toHaveLength(retryOnTimeout ? 3 : 1);
  });

  it('ends the call with what its own callbacks throw', async () => {
    const thrower = () => {
      throw new Error('callback');
    };
    for (const options of [
      { shouldRetry: thrower },
      { retryAfterMs: thrower },
      { shouldRetryResult: thrower },
      { random: thrower, jitter: 'full' as const },
    ]) {
      const { clock, policy } = setup(options);
      const operation = 'shouldRetryResult' in options ? () => 1 : script<never>(fail(down));
      expect(await errorOf(policy.execute<unknown>(operation), clock)).toMatchObject({ message: 'callback' });
    }
  });

  it('has events for every step', async () => {
    const { clock, policy } = setup({ maxAttempts: 2 });
    const seen: unknown[] = [];
    policy.on('*', (type, event) => seen.push([type, event]));
    await errorOf(policy.execute(script<never>(fail(down)), { key: 'k' }), clock, 1_000);
    expect(seen).toEqual([
      ['attempt', { attempt: 1, key: 'k' }],
      ['retry', { attempt: 1, delayMs: 100, reason: 'backoff', error: down, key: 'k' }],
      ['attempt', { attempt: 2, key: 'k' }],
      ['giveUp', { attempts: 2, totalDelayMs: 100, reason: 'attempts', error: down, key: 'k' }],
    ]);
  });

  it('stops when the breaker inside opens', async () => {
    const clock = new TestClock();
    const policy = pipeline(
      retry({ clock, jitter: 'none', maxAttempts: 9 }),
      circuitBreaker({ clock, failureThreshold: 2 }),
    );
    const operation = script<never>(fail(down));
    const error = await errorOf(policy.execute(operation), clock, 10_000);
    expect(isCircuitOpenError(error) && error.cause).toBe(down);
    expect(operation.calls).toHaveLength(2);
    expect(retryInfo(error)).toMatchObject({ attempts: 3, reason: 'not-retryable' });
  });
});
