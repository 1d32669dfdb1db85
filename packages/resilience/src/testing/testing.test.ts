import { describe, expect, it } from 'vitest';
import { memoryBreakerStore } from '../index.ts';
import { breakerStoreContract, fail, hang, hangForever, script, succeed, TestClock } from './index.ts';

describe('TestClock', () => {
  it('runs timers in order, each at its time, with reactions in between', async () => {
    const clock = new TestClock(1_000);
    const log: unknown[] = [];
    clock.setTimer(20, () => log.push(['b', clock.monotonic(), clock.now()]));
    clock.setTimer(10, () => {
      log.push(['a', clock.monotonic()]);
      void Promise.resolve().then(() => clock.setTimer(5, () => log.push(['c', clock.monotonic()])));
    });
    clock.setTimer(15, () => log.push('cancelled'))();
    await clock.advance(30);
    expect(log).toEqual([
      ['a', 10],
      ['c', 15],
      ['b', 20, 1_020],
    ]);
    expect([clock.now(), clock.monotonic(), clock.pendingTimers]).toEqual([1_030, 30, 0]);
  });

  it('leaps without running anything, and jumps its wall clock alone', async () => {
    const clock = new TestClock(0);
    let ran = 0;
    clock.setTimer(10, () => (ran = clock.monotonic()));
    clock.leap(50);
    expect([ran, clock.now()]).toEqual([0, 50]);
    clock.jumpWall(-20);
    await clock.advance(0);
    expect([ran, clock.now(), clock.monotonic()]).toEqual([50, 30, 50]);
  });

  it('sleeps abortably', async () => {
    const clock = new TestClock();
    const controller = new AbortController();
    const slept = clock.sleep(10, controller.signal);
    await clock.advance(10);
    await slept;
    const aborted = clock.sleep(10, controller.signal);
    controller.abort('up');
    await expect(aborted).rejects.toBe('up');
    await expect(clock.sleep(1, controller.signal)).rejects.toBe('up');
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('script', () => {
  const context = {
    signal: new AbortController().signal,
    attempt: 1,
    deadline: undefined,
    key: undefined,
    remainingMs: () => undefined,
  };

  it('plays its steps and repeats the last', async () => {
    const operation = script<number>(fail('x'), succeed(1), succeed(2));
    await expect(operation(context)).rejects.toBe('x');
    expect([await operation(context), await operation(context), await operation(context)]).toEqual([1, 2, 2]);
    expect(operation.calls).toHaveLength(4);
  });

  it('hangs until aborted, or for ever', async () => {
    const controller = new AbortController();
    const hung = script(hang())({ ...context, signal: controller.signal });
    const forever = script(hangForever())({ ...context, signal: controller.signal });
    controller.abort('stop');
    await expect(hung).rejects.toBe('stop');
    await expect(Promise.race([forever, Promise.resolve('still')])).resolves.toBe('still');
  });
});

describe('breakerStoreContract', () => {
  it('finds a store that forgets, one that overwrites and one that mixes up keys', async () => {
    const good = memoryBreakerStore();
    const bad = [
      { ...good, load: () => Promise.resolve(undefined) },
      {
        ...memoryBreakerStore(),
        save: (_key: string, _state: unknown, revision: number) => Promise.resolve(revision + 1),
      },
      (() => {
        const one = memoryBreakerStore();
        return {
          ...one,
          load: () => one.load('x'),
          save: (_: string, state: never, revision: number) => one.save('x', state, revision),
        };
      })(),
    ];
    for (const store of bad) {
      const results = await Promise.allSettled(breakerStoreContract.map(({ check }) => check(store)));
      expect(results.some(({ status }) => status === 'rejected')).toBe(true);
    }
  });
});
