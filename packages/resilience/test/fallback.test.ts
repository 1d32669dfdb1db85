import { describe, expect, it, vi } from 'vitest';
import { circuitBreaker, fallback, pipeline } from '../src/index.ts';
import { fail, hang, TestClock } from '../src/testing/index.ts';
import { errorOf, settle } from './support.ts';

const down = new Error('down');

describe('fallback', () => {
  it('replaces an error by a value, a promise or another error', async () => {
    const seen = vi.fn();
    const policy = fallback((error, context) => [error, context.attempt]);
    policy.on('fallback', seen);
    expect(await settle(policy.execute<unknown>(fail(down), { key: 'k' }))).toEqual({ value: [down, 1] });
    expect(seen.mock.calls).toEqual([[{ error: down, key: 'k' }]]);
    expect(await settle(fallback(() => Promise.resolve(2)).execute<unknown>(fail(down)))).toEqual({ value: 2 });
    const worse = new Error('worse');
    const throwing = fallback(() => {
      throw worse;
    });
    expect(await errorOf(throwing.execute(fail(down)))).toBe(worse);
    expect(await settle(fallback(() => 0).execute(() => 1))).toEqual({ value: 1 });
  });

  it('leaves alone what shouldHandle refuses, and fails with what it throws', async () => {
    const policy = fallback(() => 0, { shouldHandle: (error) => error !== down });
    expect(await errorOf(policy.execute(fail(down)))).toBe(down);
    expect(await settle(policy.execute<unknown>(fail('other')))).toEqual({ value: 0 });
    const broken = fallback(() => 0, {
      shouldHandle: () => {
        throw down;
      },
    });
    expect(await errorOf(broken.execute(fail('x')))).toBe(down);
  });

  it('does not answer a caller that has aborted', async () => {
    const controller = new AbortController();
    const call = fallback(() => 0).execute(hang(), { signal: controller.signal });
    controller.abort(down);
    expect(await errorOf(call)).toBe(down);
  });

  it('answers for an open circuit', async () => {
    const breaker = circuitBreaker({ clock: new TestClock() });
    breaker.isolate();
    expect(
      await settle(
        pipeline(
          fallback(() => 'cached'),
          breaker,
        ).execute(() => 'fresh'),
      ),
    ).toEqual({ value: 'cached' });
  });
});
