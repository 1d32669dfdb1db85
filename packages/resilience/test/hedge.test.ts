import { describe, expect, it, vi } from 'vitest';
import { circuitBreaker, hedge, pipeline, retry, timeout } from '../src/index.ts';
import { fail, hang, script, succeed, TestClock } from '../src/testing/index.ts';
import { errorOf, manual, settle } from './support.ts';

describe('hedge', () => {
  it('starts once more after the delay; the first answer wins and the other is aborted', async () => {
    const clock = new TestClock();
    const policy = hedge({ delay: 100, clock });
    const seen: unknown[] = [];
    policy.on('*', (type, event) => seen.push([type, event]));
    const operation = script(hang(), succeed('second'));
    const call = policy.execute(operation, { key: 'k' });
    expect(await settle(call, clock, 99)).toBe('pending');
    expect(operation.calls).toHaveLength(1);
    expect(await settle(call, clock, 1)).toEqual({ value: 'second' });
    expect(operation.calls.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(operation.calls[0]?.signal.reason).toMatchObject({ name: 'AbortError' });
    expect(operation.calls[1]?.signal.aborted).toBe(false);
    expect(seen).toEqual([
      ['hedge', { attempt: 2, delayMs: 100, key: 'k' }],
      ['won', { attempt: 2, key: 'k' }],
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('starts no more than maxHedges, each after a delay of its own', async () => {
    const clock = new TestClock();
    const operation = script(hang());
    const controller = new AbortController();
    const call = hedge({ delay: 10, maxHedges: 2, clock }).execute(operation, { signal: controller.signal });
    const counts: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      counts.push(operation.calls.length);
      await clock.advance(10);
    }
    expect(counts).toEqual([1, 2, 3, 3]);
    controller.abort('enough');
    expect(await errorOf(call, clock)).toBe('enough');
    expect(operation.calls.every(({ signal }) => signal.aborted)).toBe(true);
  });

  it('an abort before the delay starts nothing more', async () => {
    const clock = new TestClock();
    const controller = new AbortController();
    const operation = script(hang());
    const call = hedge({ delay: 10, clock }).execute(operation, { signal: controller.signal });
    controller.abort('enough');
    expect(await errorOf(call, clock, 100)).toBe('enough');
    expect([operation.calls.length, clock.pendingTimers]).toEqual([1, 0]);
  });

  it('R1 an abort inside a listener of "hedge" starts nothing more', async () => {
    const clock = new TestClock();
    const controller = new AbortController();
    const policy = hedge({ delay: 10, maxHedges: 5, clock });
    policy.on('hedge', () => controller.abort('listener'));
    const operation = script(hang());
    expect(await errorOf(policy.execute(operation, { signal: controller.signal }), clock, 100)).toBe('listener');
    expect([operation.calls.length, clock.pendingTimers]).toEqual([1, 0]);
  });

  it('waits for the others after a failure, and fails with the last error', async () => {
    const clock = new TestClock();
    const { operation, calls } = manual();
    const call = hedge({ delay: 10, clock }).execute(operation);
    await clock.advance(10);
    calls[0]?.reject('first');
    expect(await settle(call, clock)).toBe('pending');
    calls[1]?.reject('last');
    expect(await errorOf(call, clock)).toBe('last');
    const early = script(fail('at once'));
    expect(await errorOf(hedge({ delay: 10, clock }).execute(early), clock, 100)).toBe('at once');
    expect(early.calls).toHaveLength(1);
  });

  it('hands out a synchronous answer without any timer', async () => {
    const clock = new TestClock();
    expect(
      await settle(
        hedge({ delay: 10, clock }).execute(() => 1),
        clock,
      ),
    ).toEqual({ value: 1 });
    expect(clock.pendingTimers).toBe(0);
  });

  it('R6 never hedges what must not run twice, and cancels the body of an answer that lost', async () => {
    const clock = new TestClock();
    const once = script(hang());
    const controller = new AbortController();
    void hedge({ delay: 10, clock })
      .execute(once, { idempotent: false, signal: controller.signal })
      .catch(() => 1);
    await clock.advance(100);
    expect(once.calls).toHaveLength(1);
    controller.abort();
    const cancel = vi.fn(() => Promise.resolve());
    const { operation, calls } = manual<unknown>();
    const call = hedge({ delay: 10, clock }).execute(operation);
    await clock.advance(10);
    calls[1]?.resolve('winner');
    expect(await settle(call, clock)).toEqual({ value: 'winner' });
    calls[0]?.resolve({ body: { cancel } });
    await clock.advance(0);
    expect(cancel).toHaveBeenCalledTimes(1);
  });

  it('the start that lost does not count in a breaker inside', async () => {
    const clock = new TestClock();
    const breaker = circuitBreaker({ clock, failureThreshold: 1 });
    await settle(pipeline(hedge({ delay: 10, clock }), breaker).execute(script(hang(), succeed(1))), clock, 10);
    expect(breaker.state).toBe('closed');
  });

  it('learns its delay from the latency of answers', async () => {
    const clock = new TestClock();
    const policy = hedge({ delay: { quantile: 0.9, initialDelayMs: 500, samples: 20 }, clock });
    expect(policy.delayMs).toBe(500);
    for (let ms = 1; ms <= 19; ms += 1)
      await settle(
        policy.execute(() => clock.sleep(ms)),
        clock,
        ms,
      );
    expect(policy.delayMs).toBe(500);
    await settle(
      policy.execute(() => clock.sleep(20)),
      clock,
      20,
    );
    expect(policy.delayMs).toBe(18);
    for (let i = 0; i < 9; i += 1)
      await settle(
        policy.execute(() => clock.sleep(5)),
        clock,
        5,
      );
    expect(policy.delayMs).toBe(18);
    for (let i = 0; i < 11; i += 1)
      await settle(
        policy.execute(() => clock.sleep(5)),
        clock,
        5,
      );
    expect(policy.delayMs).toBe(5);
    expect(hedge({ delay: { quantile: 0.5 } }).delayMs).toBe(1_000);
    expect(hedge({ delay: 7 }).delayMs).toBe(7);
  });

  it('numbers its starts on from the attempt around it', async () => {
    const clock = new TestClock();
    const operation = script(fail('x'), hang(), succeed(1));
    const policy = pipeline(
      retry({ clock, jitter: 'none' }),
      hedge({ delay: 10, clock }),
      timeout({ ms: 1_000, clock }),
    );
    expect(await settle(policy.execute(operation), clock, 200)).toEqual({ value: 1 });
    expect(operation.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });
});
