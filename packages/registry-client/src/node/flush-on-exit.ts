import { InvalidConfigError } from '@llm-memory-graph/http';
import { isolated } from '../events.ts';
import type { UsageBuffer } from '../usage/usage-buffer.ts';

/** Options of {@link flushOnExit}. */
export interface FlushOnExitOptions {
  /** Signals that end the process after a flush. @default ['SIGTERM', 'SIGINT'] */
  readonly signals?: readonly NodeJS.Signals[];
  /** Longest time of the flush, in ms. @default 5000 */
  readonly deadlineMs?: number;
  /** Gets why the flush failed. @default none */
  readonly onError?: (error: unknown) => void;
}

/**
 * Delivers what a buffer holds when the process comes to its end: when nothing is left to do (`beforeExit`), and on
 * SIGTERM and SIGINT. After a signal the process ends by that signal, unless the application listens to it too; then
 * ending is left to the application. A second signal ends it at once. `process.exit()` and crashes leave no time to
 * send anything: that is what `fileSpool` is for.
 *
 * @returns takes the hook off again
 * @throws {InvalidConfigError} when `deadlineMs` is not a number of ms
 *
 * @example
 * using hook = flushOnExit(usage);
 */
export function flushOnExit(
  buffer: Pick<UsageBuffer, 'flush' | 'pending'>,
  { signals = ['SIGTERM', 'SIGINT'], deadlineMs = 5_000, onError }: FlushOnExitOptions = {},
): Disposable {
  if (!(deadlineMs > 0 && deadlineMs <= 2 ** 31 - 1))
    throw new InvalidConfigError(`deadlineMs must be a number of ms in (0, 2147483647], got ${String(deadlineMs)}`);
  const flush = async (): Promise<void> => {
    try {
      await buffer.flush({ deadlineMs });
    } catch (error) {
      isolated(() => onError?.(error));
    }
  };
  const remove = (): void => {
    process.off('beforeExit', beforeExit);
    for (const signal of signals) process.off(signal, onSignal);
  };
  // Once: work makes Node emit the event again, which must end when the service is down.
  const beforeExit = (): void => {
    process.off('beforeExit', beforeExit);
    if (buffer.pending > 0) void flush();
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    remove();
    // Without a listener Node ends the process by the signal itself.
    void flush().then(() => {
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  };
  process.on('beforeExit', beforeExit);
  for (const signal of signals) process.on(signal, onSignal);
  return { [Symbol.dispose]: remove };
}
