/** What the breaker decided by itself. */
export type AutomaticState = 'closed' | 'open' | 'half-open';

/** What an operator imposed; it holds until released, whatever the calls do. */
export type Hold = 'isolated' | 'forced-closed' | 'disabled' | 'metrics-only';

/** The state as seen from outside. */
export type BreakerState = AutomaticState | Hold;

/** How the outcome of a call counts. */
export type Verdict = 'success' | 'failure' | 'ignored';

/** A call that a half-open breaker let through to try the dependency. */
export interface Probe {
  /** Monotonic instant at which the probe counts as failed although it has not come back. */
  leaseUntil: number;
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
  mark = 0;
  /** Length of the current open period in milliseconds. */
  openForMs = 0;
  /** The last failure. */
  cause: unknown;
  probes: Probe[] | undefined;

  get state(): BreakerState {
    return this.hold ?? this.automatic;
  }
}
