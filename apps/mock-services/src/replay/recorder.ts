import type { ServiceName } from '../fault/fault.ts';
import { pathOfTarget } from '../front/path-of.ts';
import { problemAnswer } from '../front/problem-answer.ts';
import { cassetteWriter, sha256 } from './cassette.ts';
import type { Origin } from './origin.ts';

/** Of one connection (RFC 9110, section 7.6.1), or of what `fetch` does by itself. */
const own = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'expect',
  'content-length',
  'accept-encoding',
]);
/** Not kept in a cassette. */
const secret = new Set(['set-cookie', 'content-encoding', ...own]);

function without(headers: Headers, names: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => !names.has(name)));
}

/**
 * Passes requests on to real services and writes the answers to a cassette. Headers of requests, and so keys, are not
 * recorded.
 *
 * @param upstreams where the real services are
 * @throws {Error} when the file cannot be written
 */
export function recorder(file: string, upstreams: Readonly<Record<ServiceName, string>>): Origin {
  const write = cassetteWriter(file);
  return async (service, request, target) => {
    const { method } = request;
    const body = new Uint8Array(await request.arrayBuffer());
    let answer: Response;
    try {
      answer = await fetch(upstreams[service].replace(/\/$/, '') + target, {
        method,
        // Answers are kept as they are read, so none may come encoded.
        headers: { ...without(request.headers, own), 'accept-encoding': 'identity' },
        redirect: 'manual',
        signal: request.signal,
        ...(body.length > 0 && { body }),
      });
    } catch {
      const about = { type: 'bad-gateway', title: 'Bad gateway', detail: 'the real service does not answer' };
      return problemAnswer({ status: 502, path: pathOfTarget(target), ...about });
    }
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const headers = without(answer.headers, secret);
    write({
      service,
      method,
      target,
      request_sha256: sha256(body),
      status: answer.status,
      headers,
      body: Buffer.from(bytes).toString('base64'),
    });
    return new Response(bytes.length > 0 ? bytes : null, { status: answer.status, headers });
  };
}
