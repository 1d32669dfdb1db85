/** The state of a circuit breaker, as a client tells it. */
export interface BreakerReport {
  /** Who tells it, for example the name of the process. */
  readonly client: string;
  /** Which of its breakers, for example `vault`. */
  readonly name: string;
  readonly state: 'closed' | 'open' | 'half-open';
  /** Why it changed, for example `failures`. */
  readonly reason?: string | undefined;
  /** How long it will be open, in ms. */
  readonly openForMs?: number | undefined;
}

/** A report with the time it came. */
export type KnownBreaker = BreakerReport & { readonly at: Date };

const most = 200;

/** The circuit breakers of the clients, as they last told. */
export class Breakers {
  readonly #now: () => number;
  readonly #changed: () => void;
  readonly #known = new Map<string, KnownBreaker>();

  constructor(now: () => number, changed: () => void) {
    this.#now = now;
    this.#changed = changed;
  }

  /** Takes the place of what the same client told of the same breaker. */
  report(report: BreakerReport): void {
    const key = JSON.stringify([report.client, report.name]);
    this.#known.delete(key);
    this.#known.set(key, { ...report, at: new Date(this.#now()) });
    const [oldest] = this.#known.keys();
    if (this.#known.size > most && oldest !== undefined) this.#known.delete(oldest);
    this.#changed();
  }

  list(): KnownBreaker[] {
    return [...this.#known.values()];
  }

  clear(): void {
    this.#known.clear();
    this.#changed();
  }
}
