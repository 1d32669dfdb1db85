import { SchedulerError } from '../scheduler-error.ts';

/**
 * Tells one bad session from a service that is down: calls that fail in a row, whatever they were about, mean that
 * nobody can be served, and then no session is to blame.
 */
export class ServiceGuard {
  readonly #service: string;
  readonly #outageAfter: number;
  #inARow = 0;

  constructor(service: string, outageAfter: number) {
    this.#service = service;
    this.#outageAfter = outageAfter;
  }

  /** @throws {SchedulerError} `unavailable` instead of the call's error once too many failed in a row */
  async call<T>(work: () => T | PromiseLike<T>, signal: AbortSignal): Promise<T> {
    try {
      const result = await work();
      this.#inARow = 0;
      return result;
    } catch (error) {
      // A cancelled call says nothing about the service.
      signal.throwIfAborted();
      this.#inARow += 1;
      if (this.#inARow < this.#outageAfter) throw error;
      const message = `The ${this.#service} could not be asked ${this.#inARow} times in a row`;
      throw new SchedulerError('unavailable', message, { cause: error });
    }
  }
}

/** @returns whether `error` is the guard's word that a service is down */
export function isOutage(error: unknown): boolean {
  return error instanceof SchedulerError && error.code === 'unavailable';
}
