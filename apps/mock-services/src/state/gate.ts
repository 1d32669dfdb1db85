/** Lets requests through side by side, and now and then one work that wants to be alone. */
export class Gate {
  #running = 0;
  #idle: (() => void) | undefined;
  #shut: Promise<void> = Promise.resolve();
  readonly #patienceMs: number;

  /** @param patienceMs how long exclusive work waits for requests that are under way */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  async pass<T>(work: () => T | Promise<T>): Promise<T> {
    // Somebody else may have shut it again in the meantime.
    for (let shut; shut !== this.#shut;) await (shut = this.#shut);
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      if (this.#running === 0) this.#idle?.();
    }
  }

  /** One after the other, while requests that come wait; those that take too long to finish lose their stores. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#shut.then(async () => {
      await this.#quiet();
      return work();
    });
    this.#shut = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async #quiet(): Promise<void> {
    if (this.#running === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle = resolve;
    const timer = setTimeout(resolve, this.#patienceMs);
    await promise;
    clearTimeout(timer);
    this.#idle = undefined;
  }
}
