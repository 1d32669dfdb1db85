import type { Clock, TimerHandle, TimerOptions } from './clock.ts';

/** `setTimeout` treats anything above this as 1 ms, so longer waits are cut into pieces. */
export const maxTimerMs = 2_147_483_647;

/** What Node's timers have and those of browsers do not. */
interface Referable {
  ref(): unknown;
  unref(): unknown;
}

function setTimer(ms: number, task: () => void, options?: TimerOptions): TimerHandle {
  if (ms > maxTimerMs) return setLongTimer(ms, task, options);
  const id: unknown = setTimeout(task, ms);
  const cancel: TimerHandle = () => {
    clearTimeout(id as number);
  };
  if (isReferable(id)) {
    cancel.ref = () => void id.ref();
    cancel.unref = () => void id.unref();
    if (options?.ref === false) id.unref();
  }
  return cancel;
}

function isReferable(id: unknown): id is Referable {
  return typeof id === 'object' && id !== null && 'unref' in id && 'ref' in id;
}

function setLongTimer(ms: number, task: () => void, options?: TimerOptions): TimerHandle {
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
