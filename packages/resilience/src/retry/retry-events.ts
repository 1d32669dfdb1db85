import type { GiveUpReason } from './retry-info.ts';

/** Events of a retry policy. */
export type RetryEvents = {
  /** An attempt starts. */
  attempt: { readonly attempt: number; readonly key: string | undefined };
  /** An attempt failed and another one follows after `delayMs`. */
  retry: {
    /** The attempt that failed. */
    readonly attempt: number;
    readonly delayMs: number;
    /** What set the delay: the own backoff, or the service with its Retry-After. */
    readonly reason: 'backoff' | 'retry-after';
    readonly error: unknown;
    readonly key: string | undefined;
  };
  /** The call ends with `error`. */
  giveUp: {
    readonly attempts: number;
    readonly totalDelayMs: number;
    readonly reason: GiveUpReason;
    readonly error: unknown;
    readonly key: string | undefined;
  };
  /** A retry was wanted and the budget had none left. */
  budgetExhausted: { readonly attempt: number; readonly error: unknown; readonly key: string | undefined };
};
