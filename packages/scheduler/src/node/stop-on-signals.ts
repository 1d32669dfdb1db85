import type { ArchivalScheduler } from '../archival-scheduler.ts';

/** Options of {@link stopOnSignals}. */
export interface StopOnSignalsOptions {
  /** @default ['SIGTERM', 'SIGINT'] */
  readonly signals?: readonly NodeJS.Signals[];
  /** Milliseconds that the first signal gives to the batch under way. @default 30000 */
  readonly graceMs?: number;
}

/**
 * Stops a scheduler when the process is told to end: the first signal drains it, a second one ends it where it stands.
 * Once it has stopped, signals do again what they did before.
 *
 * @returns what takes the listeners off again
 * @example
 * ```ts
 * stopOnSignals(scheduler, { graceMs: 20_000 });
 * ```
 */
export function stopOnSignals(
  scheduler: Pick<ArchivalScheduler, 'stop'>,
  { signals = ['SIGTERM', 'SIGINT'], graceMs = 30_000 }: StopOnSignalsOptions = {},
): Disposable {
  const off = (): void => {
    for (const signal of signals) process.off(signal, stop);
  };
  const stop = (): void => {
    // A stop that fails has nobody to tell but the process; its run rejects by itself.
    scheduler
      .stop({ graceMs })
      .finally(off)
      .catch(() => undefined);
  };
  for (const signal of signals) process.on(signal, stop);
  return { [Symbol.dispose]: off };
}
