/**
 * - `invalid_config`: an option has a value it cannot have; the message names option and value.
 * - `already_running`: a run of this scheduler is under way.
 * - `run_lost`: another scheduler took the run over; what was acknowledged stands.
 * - `unavailable`: a service could not be asked; `cause` says why.
 */
export type SchedulerErrorCode = 'invalid_config' | 'already_running' | 'run_lost' | 'unavailable';

const brand: unique symbol = Symbol.for('@llm-memory-graph/scheduler.error') as never;

/** Every error that this package creates. */
export class SchedulerError extends Error {
  override readonly name = 'SchedulerError';
  readonly code: SchedulerErrorCode;

  constructor(code: SchedulerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get [brand](): true {
    return true;
  }
}

/** @returns whether any copy of this package created `error`. */
export function isSchedulerError(error: unknown): error is SchedulerError {
  return typeof error === 'object' && error !== null && (error as { readonly [brand]?: true })[brand] === true;
}

const maxReasonLength = 300;

/** What is kept of an error: its code or name and its message, cut to 300 characters. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, maxReasonLength);
  const code = (error as { readonly code?: unknown }).code;
  return `${typeof code === 'string' ? code : error.name}: ${error.message}`.slice(0, maxReasonLength);
}

/** False only when the error says of itself that the same call can never succeed. */
export function isRetryable(error: unknown): boolean {
  return (error as { readonly retryable?: unknown } | null | undefined)?.retryable !== false;
}
