/** Options of {@link Clock.setTimer}. */
export interface TimerOptions {
  /**
   * Whether the timer keeps the process alive. Timers of calls in flight do; housekeeping timers must not.
   * @default true
   */
  readonly ref?: boolean;
}

/** Cancels a timer when called. Where the platform can, it also says whether the timer keeps the process alive. */
export interface TimerHandle {
  (): void;
  ref?: () => void;
  unref?: () => void;
}

/**
 * The source of time. Everything in this package that reads a clock or waits takes one, so tests can pass
 * `TestClock` from `@llm-memory-graph/resilience/testing`.
 */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch. Used only for what leaves the process. */
  now(): number;
  /** Monotonic clock in milliseconds from an arbitrary origin. All intervals are measured on it. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with `signal.reason` as soon as `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs `task` once after `ms` milliseconds and returns a function that cancels it. */
  setTimer(ms: number, task: () => void, options?: TimerOptions): TimerHandle;
}
