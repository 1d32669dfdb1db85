import { between } from '../options.ts';

/** Options of {@link retryBudget}. */
export interface RetryBudgetOptions {
  /** Retries allowed per first attempt, 0 to 1: load grows to at most `1 + ratio` of normal. @default 0.2 */
  readonly ratio?: number;
  /** The most retries that can be saved up. @default 100 */
  readonly maxTokens?: number;
  /** Tokens a new key starts with; retries beyond the ratio that a cold client may do once. @default 0 */
  readonly initialTokens?: number;
  /** Keys remembered; the one unused for longest is forgotten first. @default 1000 */
  readonly maxKeys?: number;
}

/**
 * A token bucket per key, shared by every retry policy it is given to: first attempts put `ratio` in, retries take 1
 * out. First attempts are never held back.
 */
export class RetryBudget {
  readonly #ratio: number;
  readonly #max: number;
  readonly #initial: number;
  readonly #maxKeys: number;
  readonly #tokens = new Map<string, number>();

  constructor(options: RetryBudgetOptions = {}) {
    this.#ratio = between('ratio', options.ratio ?? 0.2, 0, 1);
    this.#max = between('maxTokens', options.maxTokens ?? 100, 1);
    this.#initial = between('initialTokens', options.initialTokens ?? 0, 0, this.#max);
    this.#maxKeys = between('maxKeys', options.maxKeys ?? 1000, 1);
  }

  /** A first attempt is made. */
  deposit(key = ''): void {
    this.#set(key, Math.min(this.#max, this.tokens(key) + this.#ratio));
  }

  /** @returns whether a retry may be made; if so it is paid for. */
  withdraw(key = ''): boolean {
    const tokens = this.tokens(key);
    // Ten deposits of 0.1 add up to a hair less than 1.
    if (tokens < 1 - 1e-9) return false;
    this.#set(key, Math.max(0, tokens - 1));
    return true;
  }

  /** @returns the retries saved up for `key`. */
  tokens(key = ''): number {
    return this.#tokens.get(key) ?? this.#initial;
  }

  #set(key: string, tokens: number): void {
    this.#tokens.delete(key);
    this.#tokens.set(key, tokens);
    if (this.#tokens.size <= this.#maxKeys) return;
    for (const oldest of this.#tokens.keys()) {
      this.#tokens.delete(oldest);
      return;
    }
  }
}

/** Makes a {@link RetryBudget}. @throws InvalidOptionError on a value out of range. */
export function retryBudget(options?: RetryBudgetOptions): RetryBudget {
  return new RetryBudget(options);
}
