import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { maxTimerMs, systemClock } from './system-clock.ts';

describe('systemClock', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('reads the clocks of the platform', () => {
    const [wall, monotonic] = [systemClock.now(), systemClock.monotonic()];
    vi.advanceTimersByTime(5);
    expect([systemClock.now() - wall, systemClock.monotonic() - monotonic]).toEqual([5, 5]);
  });

  it('runs a task once, unless it is cancelled', () => {
    const task = vi.fn();
    systemClock.setTimer(10, task);
    systemClock.setTimer(10, task)();
    vi.advanceTimersByTime(9);
    expect(task).not.toHaveBeenCalled();
    vi.advanceTimersByTime(100);
    expect(task).toHaveBeenCalledTimes(1);
  });

  it('R4 waits in pieces beyond what a timer can', () => {
    const task = vi.fn();
    systemClock.setTimer(maxTimerMs + 10, task);
    const cancelled = systemClock.setTimer(maxTimerMs + 10, task);
    vi.advanceTimersByTime(maxTimerMs + 9);
    expect(task).not.toHaveBeenCalled();
    cancelled();
    vi.advanceTimersByTime(1);
    expect(task).toHaveBeenCalledTimes(1);
  });

  it('says whether a timer keeps the process alive', () => {
    const spy = vi.spyOn(globalThis, 'setTimeout');
    const timer = systemClock.setTimer(10, () => undefined, { ref: false });
    const handle = spy.mock.results[0]?.value as NodeJS.Timeout;
    expect(handle.hasRef()).toBe(false);
    timer.ref?.();
    expect(handle.hasRef()).toBe(true);
    timer.unref?.();
    expect(handle.hasRef()).toBe(false);
  });

  it('works where timers are numbers', () => {
    const task = vi.fn();
    const set = vi.spyOn(globalThis, 'setTimeout').mockReturnValue(7 as never);
    const clear = vi.spyOn(globalThis, 'clearTimeout');
    const timer = systemClock.setTimer(10, task, { ref: false });
    expect([timer.ref, timer.unref]).toEqual([undefined, undefined]);
    timer();
    expect(clear).toHaveBeenCalledWith(7);
    set.mockRestore();
  });

  it('sleeps, abortably, and leaves no listener', async () => {
    const controller = new AbortController();
    const remove = vi.spyOn(controller.signal, 'removeEventListener');
    const slept = systemClock.sleep(10, controller.signal);
    vi.advanceTimersByTime(10);
    await slept;
    expect(remove).toHaveBeenCalledTimes(1);
    const aborted = systemClock.sleep(10, controller.signal);
    controller.abort('up');
    await expect(aborted).rejects.toBe('up');
    await expect(systemClock.sleep(10, controller.signal)).rejects.toBe('up');
    const plain = systemClock.sleep(1);
    vi.advanceTimersByTime(1);
    await plain;
    expect(vi.getTimerCount()).toBe(0);
  });
});
