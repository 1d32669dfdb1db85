import type { Clock, TimerOptions } from './clock.ts';

/** `setTimeout` treats anything above this as 1 ms, so longer waits are cut into pieces. */
export const maxTimerMs = 2_147_483_647;

function setTimer(ms: number, task: () => void, options?: TimerOptions): () => void {
  if (ms > maxTimerMs) return setLongTimer(ms, task, options);
  const handle: unknown = setTimeout(task, ms);
  if (options?.ref === false) (handle as { unref?: () => void }).unref?.();
  return () => {
    clearTimeout(handle as number);
  };
}

function setLongTimer(ms: number, task: () => void, options?: TimerOptions): () => void {
  let cancel = setTimer(
    maxTimerMs,
    () => {
      cancel = setTimer(ms - maxTimerMs, task, options);
    },
    options,
  );
  return () => {
    cancel();
  };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = setTimer(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** The clock of the platform: `Date.now`, `performance.now` and `setTimeout`. Runs in Node and in browsers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep,
  setTimer,
};
