import type { Clock } from '@llm-memory-graph/resilience';

/** Calls `beat` three times per lease until disposed of. */
export class LeaseKeeper implements Disposable {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #beat: () => Promise<void>;
  #cancel: () => void = () => undefined;
  #done = false;

  constructor(clock: Clock, leaseMs: number, beat: () => Promise<void>) {
    this.#clock = clock;
    this.#everyMs = leaseMs / 3;
    this.#beat = beat;
    this.#schedule();
  }

  [Symbol.dispose](): void {
    this.#done = true;
    this.#cancel();
  }

  #schedule(): void {
    this.#cancel = this.#clock.setTimer(this.#everyMs, () => void this.#run());
  }

  async #run(): Promise<void> {
    try {
      await this.#beat();
    } catch {
      // A lost beat is no harm: the next one follows, and without any the compare-and-set refuses the mark.
    }
    if (!this.#done) this.#schedule();
  }
}
