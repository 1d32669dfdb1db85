import { Pending } from './pending.ts';

/** What goes on behind the calls, and what is left for later. */
export class Background {
  readonly pending: Pending;
  readonly #running = new Set<Promise<void>>();

  constructor(maxPending: number, forgotten: (archiveId: string) => void) {
    this.pending = new Pending(maxPending, forgotten);
  }

  /** Runs `then` when `work`, which never rejects, is done. */
  track<T>(work: Promise<T>, then: (result: T) => void): void {
    const tracked = work.then(then).finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
