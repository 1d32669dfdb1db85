interface Turn {
  readonly giveWay: AbortController;
  readonly done: Promise<void>;
}

/**
 * One request at a time works on an upload. A newer one makes the running one stop: a client that comes back has given
 * up its old connection, which may hang here for minutes.
 */
export class UploadTurns {
  readonly #running = new Map<string, Turn>();

  /** Runs `work` once nobody else is at this upload; its signal aborts when somebody newer waits. */
  async take<T>(uploadId: string, work: (giveWay: AbortSignal) => Promise<T>): Promise<T> {
    for (let turn = this.#running.get(uploadId); turn; turn = this.#running.get(uploadId)) {
      turn.giveWay.abort();
      await turn.done;
    }
    const { promise: done, resolve: finished } = Promise.withResolvers<void>();
    const giveWay = new AbortController();
    this.#running.set(uploadId, { giveWay, done });
    try {
      return await work(giveWay.signal);
    } finally {
      this.#running.delete(uploadId);
      finished();
    }
  }
}
