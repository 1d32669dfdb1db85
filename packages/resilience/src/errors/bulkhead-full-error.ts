import { ResilienceError, resilienceCode } from './resilience-error.ts';

/** A bulkhead and its queue are full; the operation was not started. */
export class BulkheadFullError extends ResilienceError {
  readonly maxConcurrent: number;
  readonly maxQueue: number;

  constructor(maxConcurrent: number, maxQueue: number) {
    super(`All ${maxConcurrent} places and ${maxQueue} places in the queue are taken`);
    this.maxConcurrent = maxConcurrent;
    this.maxQueue = maxQueue;
  }

  override get name(): 'BulkheadFullError' {
    return 'BulkheadFullError';
  }

  override get code(): 'bulkhead_full' {
    return 'bulkhead_full';
  }
}

/** @returns whether `error` is a {@link BulkheadFullError} of any copy of this package. */
export function isBulkheadFullError(error: unknown): error is BulkheadFullError {
  return resilienceCode(error) === 'bulkhead_full';
}
