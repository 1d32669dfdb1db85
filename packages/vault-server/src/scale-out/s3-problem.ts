import { problem } from '@llm-memory-graph/service';

interface S3Failure {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Whether the storage answered with one of these codes. */
export function isS3Error(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as S3Failure | null)?.name ?? '');
}

const network = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);
const temporary = new Set([
  'SlowDown',
  'ServiceUnavailable',
  'InternalError',
  'RequestTimeout',
  'TimeoutError',
  'ThrottlingException',
]);

/**
 * What a failure of the storage means to a client of the vault.
 *
 * @throws 503 while it cannot be reached or asks to slow down, else the failure itself
 */
export function explainS3(error: unknown): never {
  const { name = '', code = '', message = '', $metadata } = (error ?? {}) as S3Failure;
  const busy = temporary.has(name) || network.has(code) || ($metadata?.httpStatusCode ?? 0) >= 500;
  if (!busy && !/^(aborted|socket hang up)/.test(message)) throw error;
  throw problem(503, 'unavailable', 'the object storage cannot serve now', {
    headers: { 'retry-after': '1' },
    cause: error,
  });
}
