import { policyCreated as thing } from '@llm-memory-graph/contracts';
import { describe, expect, it, vi } from 'vitest';
import {
  HttpClient,
  InvalidConfigError,
  isIntegrationError,
  json,
  nothing,
  type HttpClientOptions,
  type IntegrationError,
} from '../src/index.ts';
import { answer, cutBody, problem, reset, scriptedServer, silent, stalledBody, type Step } from './scripted-server.ts';

const ok = answer(200, { policy_id: 'x' });
const get = { method: 'GET', path: '/things/x' } as const;
const post = { method: 'POST', path: '/things', body: '{"policy_id":"x"}' } as const;
const fast = { initialDelayMs: 1, maxDelayMs: 2 };
const key = 'sk-very-secret';

async function client(steps: Step[], options: Partial<HttpClientOptions> = {}) {
  const server = await scriptedServer(...steps);
  const http = new HttpClient({ baseUrl: server.baseUrl, auth: key, service: 'Test', retry: fast, ...options });
  return { server, http, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function failureOf(promise: Promise<unknown>): Promise<IntegrationError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isIntegrationError(error)) throw new Error('expected an IntegrationError', { cause: error });
  return error;
}

describe('HttpClient', () => {
  it('sends the key, reads a bare value and tells of the answer', async () => {
    await using t = await client([answer(200, { policy_id: 'x', unknown: 1 }, { 'x-request-id': 'r-1' })]);
    const { value, answer: raw } = await t.http.call(get, json(thing));
    expect(value).toEqual({ policyId: 'x' });
    expect(raw).toMatchObject({ status: 200, attempts: 1, requestId: 'r-1' });
    expect(t.server.seen[0]?.headers.authorization).toBe(`Bearer ${key}`);
  });

  it('keeps a path prefix of baseUrl and encodes the query', async () => {
    await using server = await scriptedServer(ok);
    const http = new HttpClient({ baseUrl: `${server.baseUrl}/prefix/` });
    await http.call({ ...get, query: { tag: 'a&b', page: 2, none: undefined } }, nothing);
    expect(server.seen[0]?.path).toBe('/prefix/things/x?tag=a%26b&page=2');
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
  });

  it('repeats after 5xx, resets and cut bodies; a POST byte for byte under one idempotency key (H5)', async () => {
    await using t = await client([answer(503), reset, cutBody, ok], { retry: { ...fast, maxAttempts: 4 } });
    const { answer: raw } = await t.http.call(post, json(thing));
    expect(raw.attempts).toBe(4);
    expect(new Set(t.server.seen.map((s) => s.headers['idempotency-key'])).size).toBe(1);
    expect(t.server.seen.map((s) => s.body)).toEqual(Array(4).fill(post.body));
    expect(t.server.seen[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('takes the caller’s idempotency key and gives each call its own otherwise', async () => {
    await using t = await client([ok]);
    await t.http.call(post, nothing, { idempotencyKey: 'mine' });
    await t.http.call(post, nothing);
    await t.http.call(post, nothing);
    const keys = t.server.seen.map((s) => s.headers['idempotency-key']);
    expect(keys[0]).toBe('mine');
    expect(new Set(keys).size).toBe(3);
  });

  it.each([400, 404, 409, 410, 422, 501])('does not repeat after %i', async (status) => {
    await using t = await client([problem(status, { detail: 'no' })]);
    const error = await failureOf(t.http.call(get, nothing));
    expect(error).toMatchObject({ code: 'api', name: 'ApiError', status, retryable: false, attempts: 1 });
    expect(t.server.seen).toHaveLength(1);
  });

  it('gives up after maxAttempts with the last error', async () => {
    await using t = await client([answer(500)]);
    const error = await failureOf(t.http.call(get, nothing));
    expect(error).toMatchObject({ code: 'api', status: 500, retryable: true, attempts: 3 });
  });

  it('H1: a stalled body ends at the attempt’s time', async () => {
    await using t = await client([stalledBody], { timeoutMs: 40, retry: { ...fast, maxAttempts: 2 } });
    const error = await failureOf(t.http.call(get, nothing));
    expect(error).toMatchObject({ code: 'timeout', attempts: 2 });
    expect(error.message).toBe('Test did not answer GET /things/x within 40 ms');
  });

  it('H1: one deadline covers every attempt and every wait', async () => {
    await using t = await client([silent], { timeoutMs: 30, deadlineMs: 80, retry: { ...fast, maxAttempts: 1000 } });
    const error = await failureOf(t.http.call(get, nothing));
    expect(error.code).toBe('timeout');
    expect(error.attempts).toBeLessThan(5);
  });

  it('H1: the time that is left goes along', async () => {
    await using t = await client([ok]);
    await t.http.call(get, nothing, { deadlineMs: 5_000 });
    const left = Number(t.server.seen[0]?.headers['x-request-timeout-ms']);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(5_000);
  });

  it('H2: bad JSON is an error, not a string; it is not quoted and not repeated', async () => {
    await using t = await client([answer(200, '{"secret-content')]);
    const error = await failureOf(t.http.call(get, json(thing)));
    expect(error).toMatchObject({ code: 'serialization', attempts: 1 });
    expect(JSON.stringify([error.message, String(error.cause)])).not.toContain('secret-content');
  });

  it('names the field of a wrong shape', async () => {
    await using t = await client([answer(200, { policy_id: 5 })]);
    const error = await failureOf(t.http.call(get, json(thing)));
    expect(error.message).toContain('PolicyCreated: /policy_id: expected string, received number');
  });

  it.each([
    ['seconds', '0'],
    ['a past date', 'Sun, 06 Nov 1994 08:49:37 GMT'],
  ])('H4: repeats after 429 with Retry-After as %s', async (_form, hint) => {
    await using t = await client([problem(429, {}, { 'retry-after': hint }), ok]);
    expect((await t.http.call(get, json(thing))).answer.attempts).toBe(2);
  });

  it.each([
    ['seconds', () => '3600'],
    ['a date', () => new Date(Date.now() + 3_600_000).toUTCString()],
  ])('H4: a Retry-After above the cap as %s ends the call with the hint', async (_form, hint) => {
    await using t = await client([problem(429, {}, { 'retry-after': hint() })]);
    const error = await failureOf(t.http.call(get, nothing));
    expect(t.server.seen).toHaveLength(1);
    expect(error.retryAfterMs).toBeGreaterThan(3_590_000);
  });

  it('H6: an error answers what, where and how often, and never holds key, body or query', async () => {
    const detail = {
      detail: 'the model is unknown',
      request_id: 'r-9',
      errors: [{ pointer: '/model_id', message: 'unknown' }],
    };
    await using t = await client([problem(404, detail)]);
    const error = await failureOf(
      t.http.call({ ...post, body: '{"content":"private words"}', query: { tag: 'private-tag' } }, nothing),
    );
    expect(error).toMatchObject({ method: 'POST', path: '/things', requestId: 'r-9', attempts: 1 });
    expect(error.problem?.errors).toEqual([{ pointer: '/model_id', message: 'unknown' }]);
    expect(error.totalMs).toBeGreaterThanOrEqual(0);
    const { inspect } = await import('node:util');
    const everything = inspect(error, { depth: 20, showHidden: true });
    for (const secret of [key, 'private words', 'private-tag']) expect(everything).not.toContain(secret);
  });

  it('H6: neither does an error of the transport', async () => {
    await using t = await client([reset], { retry: { maxAttempts: 1 } });
    const error = await failureOf(
      t.http.call({ ...post, body: '{"content":"private words"}', query: { tag: 'private-tag' } }, nothing),
    );
    expect(error).toMatchObject({ code: 'connection', retryable: true });
    expect(error.message).toMatch(/^no answer from Test to POST \/things: (UND_ERR_SOCKET|ECONNRESET)$/);
    const { inspect } = await import('node:util');
    const everything = inspect(error, { depth: 20, showHidden: true });
    for (const secret of [key, 'private words', 'private-tag']) expect(everything).not.toContain(secret);
  });

  it('names a refused connection', async () => {
    const server = await scriptedServer(ok);
    await server[Symbol.asyncDispose]();
    const http = new HttpClient({ baseUrl: server.baseUrl, retry: fast, service: 'Test' });
    expect(await failureOf(http.call(get, nothing))).toMatchObject({
      code: 'connection',
      attempts: 3,
      message: 'no answer from Test to GET /things/x: ECONNREFUSED',
    });
  });

  it('H8: a 401 asks for a new key once and replays', async () => {
    const auth = vi.fn().mockReturnValueOnce('old').mockResolvedValueOnce('new');
    await using t = await client([problem(401), ok], { auth });
    await t.http.call(get, json(thing));
    expect(t.server.seen.map((s) => s.headers.authorization)).toEqual(['Bearer old', 'Bearer new']);
  });

  it('H8: a second 401 is final, and so is one with the same key', async () => {
    let n = 0;
    await using t = await client([problem(401)], { auth: () => `key${String(n++)}` });
    expect(await failureOf(t.http.call(get, nothing))).toMatchObject({ code: 'authentication', status: 401 });
    expect(t.server.seen).toHaveLength(2);
    await using same = await client([problem(401)], { auth: () => 'same' });
    await failureOf(same.http.call(get, nothing));
    expect(same.server.seen).toHaveLength(1);
  });

  it('never follows a redirect, so the key goes nowhere else', async () => {
    await using other = await scriptedServer(ok);
    await using t = await client([answer(302, {}, { location: other.baseUrl })]);
    expect(await failureOf(t.http.call(get, nothing))).toMatchObject({ code: 'http', attempts: 1 });
    expect(other.seen).toHaveLength(0);
  });

  it('refuses a body above maxResponseBytes, declared or not', async () => {
    const undeclared: Step = (response) => {
      response.writeHead(200);
      for (let i = 0; i < 20; i++) response.write('x'.repeat(100));
      response.end();
    };
    for (const step of [answer(200, 'x'.repeat(2_000)), undeclared]) {
      await using t = await client([step], { maxResponseBytes: 1_000 });
      expect(await failureOf(t.http.call(get, nothing))).toMatchObject({ code: 'http', retryable: false, attempts: 1 });
    }
  });

  it('a 503 storm opens the breaker; what follows is not sent', async () => {
    await using t = await client([answer(503)], {
      breaker: { failureThreshold: 3 },
      retry: { ...fast, maxAttempts: 3 },
    });
    await failureOf(t.http.call(get, nothing));
    const error = await failureOf(t.http.call(get, nothing));
    expect(error).toMatchObject({ code: 'circuit_open', attempts: 0 });
    expect(error.retryAfterMs).toBeGreaterThan(50_000);
    expect(t.server.seen).toHaveLength(3);
    expect(t.http.breaker?.state).toBe('open');
  });

  it('4xx and aborts say nothing of the service’s health', async () => {
    await using t = await client([problem(404)], { breaker: { failureThreshold: 2 } });
    for (let i = 0; i < 5; i++) await failureOf(t.http.call(get, nothing));
    expect(t.http.breaker?.state).toBe('closed');
  });

  it('an abort rejects with its reason, at once, at any point', async () => {
    await using t = await client([silent]);
    const reason = new Error('enough');
    await expect(t.http.call(get, nothing, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(t.server.seen).toHaveLength(0);
    const controller = new AbortController();
    const call = t.http.call(get, nothing, { signal: controller.signal });
    await vi.waitFor(() => expect(t.server.seen).toHaveLength(1));
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  it('a DELETE whose answer was lost and that finds nothing the second time is done', async () => {
    await using t = await client([reset, problem(404)]);
    await t.http.call({ method: 'DELETE', path: '/things/x' }, nothing);
    await using first = await client([problem(404)]);
    expect(await failureOf(first.http.call({ method: 'DELETE', path: '/things/x' }, nothing))).toMatchObject({
      status: 404,
    });
  });

  it('logs method, path, status and attempts, nothing else of the exchange', async () => {
    const lines: unknown[] = [];
    const log = (fields: object, message: string): void => void lines.push({ ...fields, message });
    await using t = await client([answer(503), ok], { logger: { debug: log, info: log, warn: log, error: log } });
    await t.http.call({ ...post, body: '{"content":"private words"}' }, nothing);
    expect(lines).toEqual([
      {
        service: 'Test',
        method: 'POST',
        path: '/things',
        status: 200,
        requestId: undefined,
        attempts: 2,
        totalMs: expect.any(Number) as number,
        message: 'request done',
      },
    ]);
  });
});

describe('HttpClient options', () => {
  const baseUrl = 'http://localhost';
  it.each([
    [{ baseUrl: 'localhost:80' }, 'baseUrl'],
    [{ baseUrl: 'nonsense' }, 'baseUrl must be an absolute URL, got "nonsense"'],
    [{ baseUrl: 'http://u:p@host' }, 'baseUrl must not hold credentials'],
    [{ baseUrl: 'http://host/?a=1' }, 'baseUrl must not have a query'],
    [{ baseUrl, timeoutMs: 0 }, 'timeoutMs must be a number of ms in (0, 2147483647], got 0'],
    [{ baseUrl, timeoutMs: NaN }, 'timeoutMs'],
    [{ baseUrl, deadlineMs: -1 }, 'deadlineMs'],
    [{ baseUrl, retry: { maxAttempts: 0 } }, 'maxAttempts'],
    [{ baseUrl, breaker: { failureThreshold: 0 } }, 'failureThreshold'],
    [{ baseUrl, auth: '' }, 'auth is empty'],
  ])('%j is refused naming the option', (options, message) => {
    expect(() => new HttpClient(options)).toThrow(InvalidConfigError);
    expect(() => new HttpClient(options)).toThrow(message);
  });

  it('a key that would break out of its header is refused without being shown', () => {
    expect(() => new HttpClient({ baseUrl, auth: 'secret\r\nx: y' })).toThrow(/auth holds characters/);
    expect(() => new HttpClient({ baseUrl, auth: 'secret\r\nx: y' })).not.toThrow(/secret/);
  });
});
