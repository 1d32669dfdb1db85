import { describe, expect, it, vi } from 'vitest';
import { coalesce, pipeline, timeout } from '../src/index.ts';
import { script, TestClock, hang, hangForever } from '../src/testing/index.ts';
import { errorOf, manual, settle } from './support.ts';

describe('coalesce', () => {
  it('runs one operation per key; all its callers get the outcome', async () => {
    const clock = new TestClock();
    const policy = coalesce();
    const joined = vi.fn();
    policy.on('joined', joined);
    const { operation, calls } = manual();
    const key = { key: 'a' };
    const both = [policy.execute(operation, key), policy.execute(operation, key)];
    const other = policy.execute(operation, { key: 'b' });
    expect(calls).toHaveLength(2);
    expect(joined.mock.calls).toEqual([[{ key: 'a', waiting: 2 }]]);
    calls[0]?.resolve('one');
    calls[1]?.reject('two');
    expect(await Promise.all(both)).toEqual(['one', 'one']);
    expect(await errorOf(other, clock)).toBe('two');
    void policy.execute(operation, key);
    expect(calls).toHaveLength(3);
  });

  it('hands a failure to all, and starts afresh afterwards', async () => {
    const policy = coalesce();
    const { operation, calls } = manual();
    const both = [policy.execute(operation, { key: 'a' }), policy.execute(operation, { key: 'a' })];
    calls[0]?.reject('down');
    expect(await Promise.allSettled(both)).toEqual([
      { status: 'rejected', reason: 'down' },
      { status: 'rejected', reason: 'down' },
    ]);
    expect(await settle(policy.execute(() => 1, { key: 'a' }))).toEqual({ value: 1 });
  });

  it('does not share calls without a key', async () => {
    const policy = coalesce();
    const operation = script(() => 1);
    await Promise.all([policy.execute(operation), policy.execute(operation)]);
    expect(operation.calls).toHaveLength(2);
  });

  it('a caller that aborts leaves alone; the operation is aborted with the last one', async () => {
    const clock = new TestClock();
    const policy = coalesce();
    const operation = script(hang());
    const [first, second] = [new AbortController(), new AbortController()];
    const one = policy.execute(operation, { key: 'a', signal: first.signal });
    const two = policy.execute(operation, { key: 'a', signal: second.signal });
    first.abort('first');
    expect(await errorOf(one, clock)).toBe('first');
    expect(operation.calls[0]?.signal.aborted).toBe(false);
    expect(await settle(two, clock)).toBe('pending');
    second.abort('second');
    expect(await errorOf(two, clock)).toBe('second');
    expect(operation.calls[0]?.signal.reason).toBe('second');
    expect(
      await settle(
        policy.execute(() => 'fresh', { key: 'a' }),
        clock,
      ),
    ).toEqual({ value: 'fresh' });
  });

  it('a new call does not join an operation that was aborted and still runs', async () => {
    const policy = coalesce();
    const controller = new AbortController();
    const { operation, calls } = manual();
    const old = policy.execute(operation, { key: 'a', signal: controller.signal });
    controller.abort('gone');
    await errorOf(old);
    const fresh = policy.execute(operation, { key: 'a' });
    calls[0]?.resolve('old');
    expect(await settle(fresh)).toBe('pending');
    calls[1]?.resolve('new');
    expect(await settle(fresh)).toEqual({ value: 'new' });
  });

  it('the deadline of one caller is not that of the others', async () => {
    const clock = new TestClock();
    const policy = pipeline(coalesce({ clock }));
    const { operation, calls } = manual();
    const contexts = script(operation);
    const hurried = policy.execute(contexts, { key: 'a', deadlineMs: 10 });
    const patient = policy.execute(contexts, { key: 'a' });
    expect(await errorOf(hurried, clock, 10)).toMatchObject({ code: 'timeout', scope: 'deadline' });
    calls[0]?.resolve('ok');
    expect(await settle(patient, clock)).toEqual({ value: 'ok' });
    expect(contexts.calls[0]?.deadline).toBeUndefined();
  });

  it('a timeout outside is per caller, one inside is for all', async () => {
    const clock = new TestClock();
    const inside = pipeline(coalesce({ clock }), timeout({ ms: 10, clock }));
    const both = [inside.execute(hangForever(), { key: 'a' }), inside.execute(hangForever(), { key: 'a' })];
    const errors = await Promise.all(both.map((call) => errorOf(call, clock, 10)));
    expect(errors[0]).toBe(errors[1]);
  });
});
