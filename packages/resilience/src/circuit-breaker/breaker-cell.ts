import type { OutcomeWindow } from './window/outcome-window.ts';

/** What the breaker decided by itself. */
export type AutomaticState = 'closed' | 'open' | 'half-open';

/** What an operator imposed; it holds until released, whatever the calls do. */
export type Hold = 'isolated' | 'forced-closed' | 'disabled' | 'metrics-only';

/** The state as seen from outside. */
export type BreakerState = AutomaticState | Hold;

/** How the outcome of a call counts. */
export type Verdict = 'success' | 'failure' | 'ignored';

/** An admitted call, as far as the breaker cares. */
export interface Permit {
  /** The generation of the circuit it was admitted in; -1 once its outcome counted. */
  generation: number;
  /** Monotonic start of a probe, and of every call where slow ones count. A probe's lease runs from it. */
  startedAt: number | undefined;
}

/** The state of one circuit. The rules that change it, and all settings, live in the shared `BreakerMachine`. */
export class BreakerCell {
  automatic: AutomaticState = 'closed';
  hold: Hold | undefined;
  /** Rises with every change of state; outcomes of calls admitted in an older one count for nothing. */
  generation = 0;
  /** Closed: failures in a row. Half-open: successes so far. */
  tally = 0;
  /** Times opened without a calm period in between; drives the backoff of the open time. */
  openings = 0;
  /** Monotonic instant: open, when the first probe may go; closed, since when. */
  mark: number;
  /** Length of the current open period in milliseconds. */
  openForMs = 0;
  /** The last failure. */
  cause: unknown;
  probes: Permit[] | undefined;
  window: OutcomeWindow | undefined;
  /** For the eviction of a keyed breaker. */
  wasUsed = false;

  /** @param closedSince monotonic instant; far enough back for the first opening to be a fresh one. */
  constructor(closedSince: number) {
    this.mark = closedSince;
  }

  get state(): BreakerState {
    return this.hold ?? this.automatic;
  }
}
