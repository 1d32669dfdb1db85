import { describe, expect, it, vi } from 'vitest';
import * as api from '../src/index.ts';
import { TestClock } from '../src/testing/index.ts';
import { errorOf } from './support.ts';

const {
  bulkhead,
  circuitBreaker,
  hedge,
  keyedCircuitBreaker,
  persistBreaker,
  rateLimiter,
  retry,
  retryBudget,
  timeout,
} = api;
const window = (options: object) => () => circuitBreaker({ window: options as never });

describe('options', () => {
  it.each<[() => unknown, string]>([
    [() => retry({ maxAttempts: 0 }), '`maxAttempts` must be an integer >= 1 or Infinity, got 0'],
    [() => retry({ maxAttempts: 1.5 }), '`maxAttempts` must be an integer >= 1 or Infinity, got 1.5'],
    [() => retry({ initialDelayMs: -1 }), '`initialDelayMs` must be a number >= 0, got -1'],
    [() => retry({ maxDelayMs: NaN }), '`maxDelayMs` must be a number >= 0, got NaN'],
    [() => retry({ backoffMultiplier: 0.5 }), '`backoffMultiplier` must be a number >= 1, got 0.5'],
    [() => retry({ jitter: 'some' as never }), '`jitter` must be one of full, equal, decorrelated, none, got "some"'],
    [() => retry({ minAttemptMs: -1 }), '`minAttemptMs` must be a number >= 0, got -1'],
    [() => retry({ maxRetryAfterMs: '5' as never }), '`maxRetryAfterMs` must be a number >= 0, got "5"'],
    [() => retryBudget({ ratio: 1.1 }), '`ratio` must be a number between 0 and 1, got 1.1'],
    [() => retryBudget({ maxTokens: 0 }), '`maxTokens` must be a number >= 1, got 0'],
    [() => retryBudget({ initialTokens: 101 }), '`initialTokens` must be a number between 0 and 100, got 101'],
    [() => retryBudget({ maxKeys: 0 }), '`maxKeys` must be a number >= 1, got 0'],
    [() => circuitBreaker({ failureThreshold: 0 }), '`failureThreshold` must be an integer >= 1 or Infinity, got 0'],
    [() => circuitBreaker({ successThreshold: Infinity }), '`successThreshold` must be an integer >= 1, got Infinity'],
    [
      () => circuitBreaker({ openDurationMs: null as never, failureThreshold: -1 }),
      '`failureThreshold` must be an integer >= 1 or Infinity, got -1',
    ],
    [() => circuitBreaker({ openDurationMs: -1 }), '`openDurationMs` must be a number >= 0, got -1'],
    [() => circuitBreaker({ openBackoffMultiplier: 0 }), '`openBackoffMultiplier` must be a number >= 1, got 0'],
    [() => circuitBreaker({ maxOpenDurationMs: 1 }), '`maxOpenDurationMs` must be a number >= 60000, got 1'],
    [() => circuitBreaker({ openJitter: 2 }), '`openJitter` must be a number between 0 and 1, got 2'],
    [() => circuitBreaker({ calmMs: -1 }), '`calmMs` must be a number >= 0, got -1'],
    [() => circuitBreaker({ halfOpenProbes: 0 }), '`halfOpenProbes` must be an integer >= 1, got 0'],
    [() => circuitBreaker({ probeLeaseMs: 0 }), '`probeLeaseMs` must be a number >= 1, got 0'],
    [window({ type: 'other' }), '`window.type` must be one of count, time, got "other"'],
    [window({ type: 'count', size: 0 }), '`window.size` must be an integer >= 1, got 0'],
    [
      window({ type: 'count', size: 5, minimumCalls: 6 }),
      '`window.minimumCalls` must be a number between 1 and 5, got 6',
    ],
    [window({ type: 'time', minimumCalls: 0 }), '`window.minimumCalls` must be an integer >= 1, got 0'],
    [window({ type: 'time', failureRate: 0 }), '`window.failureRate` must be a number between 5e-324 and 1, got 0'],
    [window({ type: 'time', slowCallMs: -1 }), '`window.slowCallMs` must be a number >= 0, got -1'],
    [window({ type: 'time', slowCallRate: 2 }), '`window.slowCallRate` must be a number between 5e-324 and 1, got 2'],
    [window({ type: 'time', lengthMs: 0 }), '`window.lengthMs` must be a number >= 5e-324, got 0'],
    [window({ type: 'time', buckets: 0 }), '`window.buckets` must be an integer >= 1, got 0'],
    [() => keyedCircuitBreaker({ maxKeys: 0 }), '`maxKeys` must be an integer >= 1, got 0'],
    [() => timeout(0), '`ms` must be a number >= 5e-324, got 0'],
    [() => timeout({} as never), '`ms` must be a number >= 5e-324, got undefined'],
    [
      () => timeout({ ms: 1, strategy: [] as never }),
      '`strategy` must be one of aggressive, cooperative, got an array',
    ],
    [() => bulkhead({ maxConcurrent: 0 }), '`maxConcurrent` must be an integer >= 1, got 0'],
    [() => bulkhead({ maxQueue: -1 }), '`maxQueue` must be an integer >= 0 or Infinity, got -1'],
    [() => rateLimiter({ limit: 0 }), '`limit` must be an integer >= 1, got 0'],
    [() => rateLimiter({ limit: 1, intervalMs: 0 }), '`intervalMs` must be a number >= 5e-324, got 0'],
    [() => rateLimiter({ limit: 1, burst: 0 }), '`burst` must be an integer >= 1, got 0'],
    [
      () => rateLimiter({ limit: 1, algorithm: {} as never }),
      '`algorithm` must be one of sliding-window, token-bucket, got an object',
    ],
    [
      () => rateLimiter({ limit: 1, maxQueue: (() => 1) as never }),
      '`maxQueue` must be an integer >= 0 or Infinity, got a function',
    ],
    [() => hedge({ delay: -1 }), '`delay` must be a number >= 0, got -1'],
    [() => hedge({ delay: 1, maxHedges: 0 }), '`maxHedges` must be an integer >= 1, got 0'],
    [
      () => hedge({ delay: { quantile: 1 } }),
      `\`delay.quantile\` must be a number between 5e-324 and ${1 - Number.EPSILON}, got 1`,
    ],
    [
      () => hedge({ delay: { quantile: 0.5, initialDelayMs: -1 } }),
      '`delay.initialDelayMs` must be a number >= 0, got -1',
    ],
    [() => hedge({ delay: { quantile: 0.5, samples: 19 } }), '`delay.samples` must be an integer >= 20, got 19'],
    [
      () => persistBreaker(circuitBreaker(), { store: api.memoryBreakerStore(), key: '', refreshMs: -1 }),
      '`refreshMs` must be a number >= 0, got -1',
    ],
  ])('%# fails at construction: %s', (create, message) => {
    let error: unknown;
    try {
      create();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ name: 'InvalidOptionError', code: 'invalid_option', message });
    expect(api.isInvalidOptionError(error) && message.startsWith(`\`${error.option}\``)).toBe(true);
  });

  it('cuts long text in a message', () => {
    expect(() => retry({ jitter: 'x'.repeat(1_000) as never })).toThrow(/^.{0,140}$/);
  });
});

describe('errors', () => {
  const all: [api.ResilienceError, (error: unknown) => boolean, boolean][] = [
    [new api.TimeoutError(5, 'deadline'), api.isTimeoutError, false],
    [
      new api.CircuitOpenError({ state: 'open', retryAfterMs: 1, key: undefined, cause: undefined }),
      api.isCircuitOpenError,
      true,
    ],
    [new api.BulkheadFullError(1, 2), api.isBulkheadFullError, true],
    [new api.RateLimitedError(5), api.isRateLimitedError, true],
    [new api.InvalidOptionError('a', 'b', 'c'), api.isInvalidOptionError, false],
  ];

  it.each(all)(
    'B9 %s is known by its brand, also from another copy of the package or another realm',
    (error, guard, isRejection) => {
      const copy = { [Symbol.for('@llm-memory-graph/resilience.error')]: error.code };
      for (const each of [error, copy]) {
        expect([guard(each), api.isResilienceError(each), api.isRejection(each)]).toEqual([true, true, isRejection]);
        for (const [, other] of all) expect(other(each)).toBe(other === guard);
      }
      expect(error).toBeInstanceOf(api.ResilienceError);
      expect(error.name).toBe(error.constructor.name);
    },
  );

  it.each([undefined, null, 'timeout', 5, new Error('timeout'), { code: 'timeout' }])('%s is none of them', (value) => {
    for (const [, guard] of all) expect(guard(value)).toBe(false);
    expect([api.isResilienceError(value), api.isRejection(value)]).toEqual([false, false]);
  });

  it('a deadline is told apart from a timeout', () => {
    expect(new api.TimeoutError(5, 'deadline', { cause: 'c' })).toMatchObject({
      message: 'Deadline passed: 5 ms',
      cause: 'c',
    });
  });
});

describe('events', () => {
  it('removes one listener, all of a type, or the one for everything', async () => {
    const clock = new TestClock();
    const breaker = circuitBreaker({ clock });
    const [a, b, all] = [vi.fn(), vi.fn(), vi.fn()];
    breaker.off('transition', a);
    breaker.on('transition', a);
    breaker.on('transition', b);
    breaker.on('*', all);
    breaker.isolate();
    breaker.off('transition', a);
    breaker.release();
    breaker.off('transition');
    breaker.off('*', all);
    breaker.isolate();
    await errorOf(
      breaker.execute(() => 1),
      clock,
    );
    expect([a, b, all].map((listener) => listener.mock.calls.length)).toEqual([1, 2, 2]);
    expect(all.mock.calls[0]?.[0]).toBe('transition');
  });

  it('a listener may remove itself while it is called', () => {
    const breaker = circuitBreaker();
    const after = vi.fn();
    const once = vi.fn(() => breaker.off('transition', once));
    breaker.on('transition', once);
    breaker.on('transition', after);
    breaker.isolate();
    breaker.release();
    expect([once.mock.calls.length, after.mock.calls.length]).toEqual([1, 2]);
  });

  it('builds no event while nobody listens', async () => {
    const clock = new TestClock();
    const policy = retry({ clock });
    const heard = vi.spyOn(policy.events, 'emit');
    await errorOf(
      policy.execute(() => Promise.reject(new Error('x'))),
      clock,
      1_000,
    );
    const breaker = circuitBreaker({ clock, failureThreshold: 1 });
    const silent = vi.spyOn(breaker.events, 'emit');
    const off = vi.fn();
    breaker.on('transition', off);
    breaker.off('transition', off);
    await errorOf(
      breaker.execute(() => Promise.reject(new Error('x'))),
      clock,
    );
    await errorOf(
      breaker.execute(() => 1),
      clock,
    );
    expect([heard.mock.calls, silent.mock.calls]).toEqual([[], []]);
  });
});
