import { randomUUID } from 'node:crypto';
import { problemMediaType } from '@llm-memory-graph/contracts';
import type { RetryAfterForm } from '../fault/effect.ts';

/** What a problem says that no service made. */
export interface MockProblem {
  readonly status: number;
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly path: string;
  readonly retryAfter?: string | undefined;
}

/** `Retry-After` (RFC 9110, section 10.2.3); a date is rounded up to its whole second. */
export function retryAfterText(waitMs: number, form: RetryAfterForm = 'seconds', now: () => number): string {
  if (form === 'seconds') return String(Math.ceil(waitMs / 1000));
  return new Date(Math.ceil((now() + waitMs) / 1000) * 1000).toUTCString();
}

/** Problem details (RFC 9457) as the services write them. */
export function problemAnswer({ status, type, title, detail, path, retryAfter }: MockProblem): Response {
  const requestId = randomUUID();
  const body = JSON.stringify({
    type: `/problems/${type}`,
    title,
    status,
    detail,
    instance: path,
    request_id: requestId,
  });
  return new Response(body, {
    status,
    headers: {
      'content-type': problemMediaType,
      'content-length': String(Buffer.byteLength(body)),
      'x-request-id': requestId,
      ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
      ...(status === 401 && { 'www-authenticate': 'Bearer error="invalid_token"' }),
    },
  });
}
