import { served } from './served.ts';

/** A request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Headers;
  readonly body: string;
}

const session = { session_id: 's-1', model_id: 'gpt-4', status: 'active', prompt_count: 0, total_tokens: 0 };
const started = { started_at: '2026-01-01T00:00:00.123456789+00:00' };
const model = {
  model_id: 'gpt-4',
  version: '1',
  provider: 'openai',
  parameters: { temperature: 1.0 },
  created_at: '2026-01-01T00:00:00Z',
};
const stats = {
  id: 's-1',
  total_prompts: 0,
  total_responses: 0,
  total_prompt_tokens: 0,
  total_completion_tokens: 0,
  total_tokens: 0,
  avg_latency_ms: 0.0,
  from: '2026-01-01T00:00:00Z',
  to: '2026-01-01T00:00:00Z',
};

function answer({ method, path }: Arrived): Response {
  const is = (expected: string, pattern: RegExp): boolean => method === expected && pattern.test(path);
  if (is('GET', /^\/health$/)) return new Response(null, { status: 200 });
  if (is('POST', /^\/api\/v1\/sessions$/)) return Response.json({ ...session, ...started });
  if (is('GET', /^\/api\/v1\/sessions$/))
    return Response.json({ sessions: [{ ...session, ...started }], total: 1, page: 1, page_size: 20 });
  if (is('GET', /^\/api\/v1\/sessions\/[^/]+$/)) return Response.json({ ...session, ...started });
  if (is('PUT', /^\/api\/v1\/sessions\/[^/]+\/status$/)) return Response.json({ ...session, ...started });
  if (is('DELETE', /^\/api\/v1\/sessions\/[^/]+$/)) return new Response(null, { status: 204 });
  if (is('GET', /^\/api\/v1\/(sessions|models)\/[^/]+\/usage$/)) return Response.json(stats);
  if (is('GET', /^\/api\/v1\/models$/)) return Response.json({ models: [model], total: 1, page: 1, page_size: 20 });
  if (is('GET', /^\/api\/v1\/models\/[^/]+$/)) return Response.json(model);
  if (is('POST', /^\/api\/v1\/usage$/)) return new Response(null, { status: 204 });
  return new Response('Not Found', { status: 404, headers: { 'content-type': 'text/plain' } });
}

/**
 * A registry that knows what its first client asked for and nothing else: no problem details, no request ids, no
 * cursors, no batches, the least that every answer must hold. `before` may answer instead, to disturb.
 */
export async function seedService(before: (request: Arrived, at: number) => Response | undefined = () => undefined) {
  const arrived: Arrived[] = [];
  const socket = await served(async (request) => {
    const { pathname, search } = new URL(request.url);
    const body = await request.text();
    const one = { method: request.method, path: pathname, query: search, headers: request.headers, body };
    arrived.push(one);
    return before(one, arrived.length - 1) ?? answer(one);
  });
  return { url: socket.url, arrived, [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose]() };
}
