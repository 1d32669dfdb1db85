import type { Clock, TimerOptions } from '../clock.ts';

interface Timer {
  readonly at: number;
  readonly task: () => void;
}

/**
 * A clock that stands still until told to move.
 *
 * @example
 * ```ts
 * const clock = new TestClock();
 * const result = retry({ clock, jitter: 'none' }).execute(flaky);
 * await clock.advance(100); // the first backoff is over
 * ```
 */
export class TestClock implements Clock {
  #wall: number;
  #monotonic = 0;
  #timers = new Set<Timer>();

  /** @param wallMs where the wall clock starts, in milliseconds since the epoch. */
  constructor(wallMs = Date.UTC(2030, 0, 1)) {
    this.#wall = wallMs;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** The number of timers waiting. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  setTimer(ms: number, task: () => void, _options?: TimerOptions): () => void {
    const timer: Timer = { at: this.#monotonic + Math.max(0, ms), task };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        cancel();
        reject(signal?.reason as Error);
      };
      const cancel = this.setTimer(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Moves both clocks by `ms`, running what falls due in order, with all promise reactions in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await settled();
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#timers.delete(timer);
      this.#move(Math.max(this.#monotonic, timer.at));
      timer.task();
      await settled();
    }
    this.#move(end);
  }

  /**
   * Moves both clocks by `ms` at once, without running anything. Timers that fell due run with the next
   * {@link advance}: like a process that was suspended.
   */
  leap(ms: number): void {
    this.#move(this.#monotonic + ms);
  }

  /** Sets the wall clock forward (or back) by `ms`, as an operator or NTP does; the monotonic clock stays. */
  jumpWall(ms: number): void {
    this.#wall += ms;
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer;
    }
    return next;
  }

  #move(to: number): void {
    this.#wall += to - this.#monotonic;
    this.#monotonic = to;
  }
}

/** Lets all promise reactions that are due run, however long their chains. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(undefined);
  });
}
