import { expect, it } from 'vitest';
import {
  circuitBreaker,
  isCircuitOpenError,
  isTimeoutError,
  pipeline,
  retry,
  retryInfo,
  timeout,
} from '../src/index.ts';
import { fail, hangForever, script, succeed, TestClock } from '../src/testing/index.ts';

it('retries, then succeeds', async () => {
  const clock = new TestClock();
  const operation = script<string>(fail(new Error('a')), fail(new Error('b')), succeed('ok'));
  const result = pipeline(
    retry({ clock, jitter: 'none' }),
    circuitBreaker({ clock }),
    timeout({ ms: 50, clock }),
  ).execute(operation);
  await clock.advance(300);
  await expect(result).resolves.toBe('ok');
  expect(operation.calls.map((call) => call.attempt)).toEqual([1, 2, 3]);
  expect(clock.pendingTimers).toBe(0);
});

it('times out, gives up and opens', async () => {
  const clock = new TestClock();
  const breaker = circuitBreaker({ clock, failureThreshold: 3 });
  const policy = pipeline(retry({ clock, jitter: 'none' }), breaker, timeout({ ms: 50, clock }));
  const result = policy.execute(hangForever()).catch((error: unknown) => error);
  await clock.advance(1000);
  const error = await result;
  expect(isTimeoutError(error)).toBe(true);
  expect(retryInfo(error)).toMatchObject({ attempts: 3, totalDelayMs: 300, reason: 'attempts' });
  expect(breaker.state).toBe('open');
  const refused: unknown = await policy.execute(() => 1).catch((thrown: unknown) => thrown);
  expect(isCircuitOpenError(refused) && refused.retryAfterMs).toBe(60_000 - 550);
});
