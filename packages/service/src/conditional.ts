import { createHash } from 'node:crypto';
import type { ServiceContext } from './env.ts';
import { textOf } from './json-answer.ts';

/** A strong entity tag of `text` (RFC 9110, section 8.8.3). */
export function etagOf(text: string | Uint8Array): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
}

function matches(header: string, etag: string): boolean {
  if (header.trim() === '*') return true;
  // If-None-Match compares weakly, so a W/ prefix does not count.
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

/** The answer with its entity tag, or 304 when the caller holds it already. */
export async function conditional(c: ServiceContext, answer: Response, etag?: string): Promise<Response> {
  const tag = etag ?? etagOf(await textOf(answer));
  const given = c.req.header('if-none-match');
  if (given !== undefined && matches(given, tag)) {
    await answer.body?.cancel();
    return new Response(null, { status: 304, headers: { etag: tag, 'cache-control': 'private, no-cache' } });
  }
  answer.headers.set('etag', tag);
  answer.headers.set('cache-control', 'private, no-cache');
  return answer;
}
