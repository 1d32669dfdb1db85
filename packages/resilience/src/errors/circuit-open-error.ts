import { ResilienceError, resilienceCode } from './resilience-error.ts';

/** Why a breaker refused: it waits (`open`), its probes are all out (`half-open`), or an operator closed the door. */
export type RejectingState = 'open' | 'half-open' | 'isolated';

/** What a {@link CircuitOpenError} says. */
export interface CircuitOpenDetails {
  readonly state: RejectingState;
  /** Milliseconds until the breaker admits a probe; `undefined` if no time is known (isolated by hand). */
  readonly retryAfterMs: number | undefined;
  readonly key: string | undefined;
  /** The failure that opened the breaker, if there was one. */
  readonly cause: unknown;
}

/** A circuit breaker refused the call; the operation was not started. */
export class CircuitOpenError extends ResilienceError {
  readonly state: RejectingState;
  readonly retryAfterMs: number | undefined;
  readonly key: string | undefined;

  constructor(details: CircuitOpenDetails) {
    super('Circuit breaker refuses calls', { cause: details.cause });
    this.state = details.state;
    this.retryAfterMs = details.retryAfterMs;
    this.key = details.key;
  }

  override get name(): 'CircuitOpenError' {
    return 'CircuitOpenError';
  }

  override get code(): 'circuit_open' {
    return 'circuit_open';
  }
}

/** @returns whether `error` is a {@link CircuitOpenError} of any copy of this package. */
export function isCircuitOpenError(error: unknown): error is CircuitOpenError {
  return resilienceCode(error) === 'circuit_open';
}
