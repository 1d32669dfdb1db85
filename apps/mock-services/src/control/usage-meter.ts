import type { UsageRecord } from '@llm-memory-graph/registry-server';

/** Tokens that were reported in one stretch of time. */
export interface UsageBin {
  readonly prompt: number;
  readonly completion: number;
}

/** Length of one bin, in ms. */
export const binMs = 5000;
const bins = 60;

/** Tokens reported during the last five minutes of real time. */
export class UsageMeter {
  readonly #monotonic: () => number;
  readonly #bins = new Map<number, UsageBin>();

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  count({ promptTokens, completionTokens }: UsageRecord): void {
    const at = this.#current();
    const bin = this.#bins.get(at) ?? { prompt: 0, completion: 0 };
    const prompt = bin.prompt + Number(promptTokens);
    this.#bins.set(at, { prompt, completion: bin.completion + Number(completionTokens) });
    for (const old of this.#bins.keys()) if (old <= at - bins) this.#bins.delete(old);
  }

  /** Oldest first; the last one is still running. */
  series(): UsageBin[] {
    const last = this.#current();
    return Array.from({ length: bins }, (_, i) => this.#bins.get(last - bins + 1 + i) ?? { prompt: 0, completion: 0 });
  }

  clear(): void {
    this.#bins.clear();
  }

  #current(): number {
    return Math.floor(this.#monotonic() / binMs);
  }
}
