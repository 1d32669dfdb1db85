import { served } from './served.ts';

/** A request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

interface Entry {
  readonly id: string;
  readonly session_id: string;
}

const at = '2026-01-02T03:04:05.678901234+00:00';

/** Entries by id, their JSON text as it came. */
type Kept = Map<string, string>;

function answer({ method, path, body }: Arrived, kept: Kept): Response {
  const is = (expected: string, pattern: RegExp): boolean => method === expected && pattern.test(path);
  if (is('GET', /^\/health$/)) return new Response(null, { status: 200 });
  if (is('POST', /^\/api\/v1\/archive$/)) {
    const { id, session_id } = JSON.parse(body) as Entry;
    kept.set(id, body);
    return Response.json({ archive_id: id, session_id, status: 'archived', archived_at: at });
  }
  if (is('POST', /^\/api\/v1\/archive\/batch$/)) {
    const entries = JSON.parse(body) as Entry[];
    const archived = entries.map(({ id }) => id);
    return Response.json({ archived, total: entries.length, success_count: entries.length });
  }
  const text = kept.get(path.slice('/api/v1/archive/'.length));
  if (method === 'GET' && text !== undefined) return new Response(text);
  if (is('DELETE', /^\/api\/v1\/archive\/[^/]+$/)) return new Response(null, { status: 204 });
  if (is('POST', /^\/api\/v1\/policies$/)) return Response.json({ policy_id: 'p-1' });
  if (is('PUT', /^\/api\/v1\/archive\/[^/]+\/policy$/)) return new Response(null, { status: 204 });
  return new Response('Not Found', { status: 404, headers: { 'content-type': 'text/plain' } });
}

/**
 * A vault that knows what its first client asked for and nothing else: no receipts, no metadata, no frames, no problem
 * details, the least that every answer must hold. `before` may answer instead, to disturb.
 */
export async function seedVault(before: (request: Arrived, at: number) => Response | undefined = () => undefined) {
  const arrived: Arrived[] = [];
  const kept: Kept = new Map();
  const socket = await served(async (request) => {
    const { pathname: path } = new URL(request.url);
    const one = { method: request.method, path, headers: request.headers, body: await request.text() };
    arrived.push(one);
    return before(one, arrived.length - 1) ?? answer(one, kept);
  });
  return { url: socket.url, arrived, [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose]() };
}
