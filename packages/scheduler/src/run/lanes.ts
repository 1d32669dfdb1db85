/** Does work side by side, at most `limit` pieces at a time, and keeps the first failure for who asks next. */
export class Lanes {
  readonly #limit: number;
  readonly #busy = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Begins `work` and waits until another piece could be begun. Rejects, once all have ended, if one failed. */
  async enter(work: () => Promise<void>): Promise<void> {
    const lane = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#busy.delete(lane));
    this.#busy.add(lane);
    while (this.#busy.size >= this.#limit && this.#failure === undefined) await Promise.race(this.#busy);
    if (this.#failure !== undefined) await this.idle();
  }

  /** Waits until all that was begun has ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#busy);
  }

  /** Waits until all that was begun has ended. Rejects if any of it failed. */
  async idle(): Promise<void> {
    await this.ended();
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
