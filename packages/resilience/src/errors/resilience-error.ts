/** The `code` of every error that this package creates. */
export type ResilienceErrorCode = 'timeout' | 'circuit_open' | 'bulkhead_full' | 'rate_limited' | 'invalid_option';

const brand: unique symbol = Symbol.for('@llm-memory-graph/resilience.error') as never;

/**
 * The base of all errors of this package. Tell them apart with the guards (`isTimeoutError` …) and not with
 * `instanceof`: the guards also hold between two copies of the package and across realms.
 */
export abstract class ResilienceError extends Error {
  // Getters on the prototype, not fields: an error of the rejection path should carry nothing it can share.
  abstract override get name(): string;
  abstract get code(): ResilienceErrorCode;

  /** The same for every copy of the package, unlike the class. */
  get [brand](): ResilienceErrorCode {
    return this.code;
  }
}

/** @returns the `code` of `error` if any copy of this package created it. */
export function resilienceCode(error: unknown): ResilienceErrorCode | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  return (error as { readonly [brand]?: ResilienceErrorCode })[brand];
}

/** @returns whether any copy of this package created `error`. */
export function isResilienceError(error: unknown): error is ResilienceError {
  return resilienceCode(error) !== undefined;
}
