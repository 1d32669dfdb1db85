import type { CircuitOpenError } from '../errors/circuit-open-error.ts';
import type { BreakerState } from './breaker-cell.ts';

/** Why the state changed. */
export type TransitionReason =
  | 'failures'
  | 'rate'
  | 'probe-failed'
  | 'probe-lease-expired'
  | 'probes-undecided'
  | 'probes-succeeded'
  | 'open-time-over'
  | 'manual'
  | 'restored';

/** Events of a circuit breaker. */
export type BreakerEvents = {
  /** The state changed. Emitted once per change, in order, when the new state is already visible. */
  transition: {
    readonly from: BreakerState;
    readonly to: BreakerState;
    readonly reason: TransitionReason;
    readonly key: string | undefined;
    /** Length of the open period that begins, in milliseconds. */
    readonly openForMs: number | undefined;
    /** The failure behind the change, if there is one. */
    readonly cause: unknown;
  };
  /** A call was refused. */
  rejection: { readonly error: CircuitOpenError; readonly key: string | undefined };
  /** A stored state could not be used; the circuit is closed. */
  restoreFailed: { readonly reason: string; readonly key: string | undefined };
};
