import {
  circuitBreaker,
  isTimeoutError,
  isInvalidOptionError,
  pipeline,
  retry,
  timeout,
  type CircuitBreaker,
  type Policy,
} from '@llm-memory-graph/resilience';
import { InvalidConfigError, isIntegrationError } from './errors.ts';
import { isNeverSent } from './failure.ts';
import type { BreakerSettings, ResolvedOptions } from './options.ts';

/** What the service is to blame for; what the caller did wrong says nothing of its health. */
function isServiceFailure(error: unknown): boolean {
  if (isTimeoutError(error)) return true;
  if (!isIntegrationError(error)) return false;
  if (error.code === 'connection' || error.code === 'timeout' || error.code === 'http') return true;
  return error.code === 'api' && error.status !== undefined && error.status >= 500;
}

function isBreaker(breaker: BreakerSettings | CircuitBreaker): breaker is CircuitBreaker {
  return 'execute' in breaker;
}

/** Options of a policy are refused in the terms of this package. */
function checked<T>(option: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (isInvalidOptionError(error)) throw new InvalidConfigError(`${option}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** The breaker of a service: 5xx, timeouts and lost connections count, 4xx and aborts do not. */
export function breakerOf(options: ResolvedOptions): CircuitBreaker | undefined {
  if (options.breaker === false) return undefined;
  if (isBreaker(options.breaker)) return options.breaker;
  const settings = options.breaker;
  return checked('breaker', () =>
    circuitBreaker({
      ...settings,
      key: options.service,
      clock: options.clock,
      random: options.random,
      classify: (outcome) =>
        !('error' in outcome) ? 'success' : isServiceFailure(outcome.error) ? 'failure' : 'ignored',
    }),
  );
}

/** Outer to inner: retry > breaker > timeout of one attempt. */
export class CallPolicies {
  readonly #outer: Policy[];
  readonly #options: ResolvedOptions;
  readonly #byTimeout = new Map<number, Policy>();

  constructor(options: ResolvedOptions, breaker: CircuitBreaker | undefined) {
    this.#options = options;
    const { maxRetryAfterMs, ...backoff } = options.retry;
    const repeat = checked('retry', () =>
      retry({
        ...backoff,
        clock: options.clock,
        random: options.random,
        maxRetryAfterMs,
        retryAfterMs: (error) => (isIntegrationError(error) ? error.retryAfterMs : undefined),
        shouldRetry: (error) => isTimeoutError(error) || (isIntegrationError(error) && error.retryable),
        neverRan: (error) => isIntegrationError(error) && isNeverSent(error),
      }),
    );
    this.#outer = breaker ? [repeat, breaker] : [repeat];
  }

  /** The policy of a call whose attempts take at most `timeoutMs` each. */
  for(timeoutMs: number): Policy {
    let policy = this.#byTimeout.get(timeoutMs);
    if (!policy) {
      policy = pipeline(...this.#outer, timeout({ ms: timeoutMs, clock: this.#options.clock }));
      // Callers that compute a timeout per call must not grow this without bound.
      if (this.#byTimeout.size < 100) this.#byTimeout.set(timeoutMs, policy);
    }
    return policy;
  }
}
