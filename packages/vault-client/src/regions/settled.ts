import { isIntegrationError, type CallOptions } from '@llm-memory-graph/http';
import type { Agreement } from './agreement.ts';
import type { Answers } from './ask-all.ts';
import { isDeleted, isRefused } from './region.ts';

/** One of the answers, once enough regions gave theirs and none has a reason of its own to refuse. */
export function settled<T>(answers: Answers<T>, agreement: Agreement, options: CallOptions | undefined): T {
  const refused = [...answers.failed.values()].some((error) => isDeleted(error) || isRefused(error));
  if (refused || !agreement(answers.answered.keys())) throw failureOf(answers, options);
  return answers.answered.values().next().value as T;
}

/** What to reject with: the caller's reason, else what a vault said of this archive, else why one did not answer. */
export function failureOf({ failed }: Answers<unknown>, options: CallOptions | undefined): unknown {
  if (options?.signal?.aborted) return options.signal.reason;
  const errors = [...failed.values()];
  const isSaid = (error: unknown): boolean =>
    isIntegrationError(error) && !error.retryable && (error.code === 'api' || error.code === 'serialization');
  return errors.find(isSaid) ?? errors[0];
}
