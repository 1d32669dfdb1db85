import type { Call } from './call.ts';
import type { ResolvedOptions } from './options.ts';

/** Headers whose values say nothing of who asks or of what is in a session. All others keep their names only. */
const harmless = new Set([
  'accept',
  'accept-ranges',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'date',
  'etag',
  'idempotency-key',
  'if-none-match',
  'keep-alive',
  'range',
  'retry-after',
  'server',
  'transfer-encoding',
  'upload-complete',
  'upload-length',
  'upload-offset',
  'vary',
  'x-compression-enabled',
  'x-encryption-enabled',
  'x-request-id',
  'x-request-timeout-ms',
]);

function redacted(headers: Iterable<readonly [string, string]>): Record<string, string> {
  return Object.fromEntries([...headers].map(([name, value]) => [name, harmless.has(name) ? value : '[redacted]']));
}

/** Writes a line per request sent and per answer: never a key, a body or a query. */
export class ExchangeLog {
  readonly #options: Pick<ResolvedOptions, 'logger' | 'clock'>;

  constructor(options: Pick<ResolvedOptions, 'logger' | 'clock'>) {
    this.#options = options;
  }

  /** @returns what to call with the answer, or with why there is none */
  sent(call: Call, headers: Readonly<Record<string, string>>) {
    const { logger, clock } = this.#options;
    const started = clock.monotonic();
    const { body } = call.request;
    const what = { ...call.place, attempt: call.attempts };
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body).length : (body?.length ?? 0);
    logger.debug({ ...what, bytes, headers: redacted(Object.entries(headers)) }, 'request sent');
    return {
      answered: (response: Response): void => {
        const ms = clock.monotonic() - started;
        logger.debug({ ...what, status: response.status, ms, headers: redacted(response.headers) }, 'answer begun');
      },
      failed: (code: string): void => {
        logger.debug({ ...what, code, ms: clock.monotonic() - started }, 'no answer');
      },
    };
  }
}
