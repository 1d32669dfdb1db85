import type { Clock } from '@llm-memory-graph/resilience';

/** Tells our own stop from an abort by the caller. */
const stopped = new DOMException('The scheduler was stopped', 'AbortError');

interface Piece {
  readonly done: Promise<unknown>;
  /** Aborted once it should begin nothing new. */
  readonly drain: AbortController;
  /** Aborted to end it where it stands. */
  readonly kill: AbortController;
}

/** The work that a scheduler has under way, and how it is ended: gently, and then not. */
export class Underway {
  readonly #pieces = new Set<Piece>();

  /** Does `work` with the two signals that end it. @param signal ends it where it stands */
  async add<T>(
    signal: AbortSignal | undefined,
    work: (drain: AbortSignal, kill: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const drain = new AbortController();
    const kill = new AbortController();
    const onAbort = (): void => kill.abort(signal?.reason);
    // A sleeper that waits for a retry listens to the drain only.
    kill.signal.addEventListener('abort', () => drain.abort());
    const { promise: done, resolve: finished } = Promise.withResolvers<undefined>();
    const piece = { done, drain, kill };
    this.#pieces.add(piece);
    try {
      signal?.throwIfAborted();
      signal?.addEventListener('abort', onAbort, { once: true });
      return await work(drain.signal, kill.signal);
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#pieces.delete(piece);
      finished(undefined);
    }
  }

  /** @returns whether `reason` is that of {@link stop} */
  isStop(reason: unknown): boolean {
    return reason === stopped;
  }

  /** Drains everything; after `graceMs`, or when called again, ends it. Resolves once all, and `others`, have ended. */
  async stop(graceMs: number, clock: Clock, others: Promise<unknown>): Promise<void> {
    for (const { drain, kill } of this.#pieces) {
      if (drain.signal.aborted) kill.abort(stopped);
      drain.abort();
    }
    const cancel = clock.setTimer(graceMs, () => {
      for (const { kill } of this.#pieces) kill.abort(stopped);
    });
    try {
      await others;
      await Promise.all([...this.#pieces].map(({ done }) => done));
    } finally {
      cancel();
    }
  }
}
