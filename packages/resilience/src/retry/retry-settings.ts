import { isRejection } from '../errors/rejection.ts';
import { discardBody } from '../core/discard.ts';
import { between, integer, oneOf } from '../options.ts';
import { systemClock } from '../system-clock.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { RetryOptions } from './retry.ts';

/** {@link RetryOptions} with every value present and checked. */
export type ResolvedRetryOptions = Required<Omit<RetryOptions, 'budget' | 'shouldRetryResult'>> & {
  readonly budget: RetryBudget | undefined;
  readonly shouldRetryResult: RetryOptions['shouldRetryResult'] | undefined;
};

export function resolveRetryOptions(options: RetryOptions): ResolvedRetryOptions {
  return {
    maxAttempts: integer('maxAttempts', options.maxAttempts ?? 3, 1, true),
    initialDelayMs: between('initialDelayMs', options.initialDelayMs ?? 100, 0),
    maxDelayMs: between('maxDelayMs', options.maxDelayMs ?? 5000, 0),
    backoffMultiplier: between('backoffMultiplier', options.backoffMultiplier ?? 2, 1),
    jitter: oneOf('jitter', options.jitter ?? 'full', ['full', 'equal', 'decorrelated', 'none']),
    retryOnTimeout: options.retryOnTimeout ?? true,
    retryOnRejection: options.retryOnRejection ?? false,
    shouldRetryResult: options.shouldRetryResult,
    discard: options.discard ?? discardBody,
    minAttemptMs: between('minAttemptMs', options.minAttemptMs ?? 0, 0),
    shouldRetry: options.shouldRetry ?? (() => true),
    neverRan: options.neverRan ?? (() => false),
    retryAfterMs: options.retryAfterMs ?? hintOfRejection,
    maxRetryAfterMs: between('maxRetryAfterMs', options.maxRetryAfterMs ?? 30_000, 0),
    budget: options.budget,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}

function hintOfRejection(error: unknown): number | undefined {
  return isRejection(error) ? (error as { readonly retryAfterMs?: number }).retryAfterMs : undefined;
}
