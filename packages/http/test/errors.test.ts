import { inspect } from 'node:util';
import { expect, it, vi } from 'vitest';
import { AuthenticationError, json, nothing } from '../src/index.ts';
import { policyCreated as thing } from '@llm-memory-graph/contracts';
import { failureOf, fast, get, key, overTransports, post } from './over-transports.ts';
import { answer, cutBody, problem, reset, silent, type Step } from './scripted-server.ts';

const ok = answer(200, { policy_id: 'x' });
const secrets = [key, 'private words', 'private-tag', 'private-header', 'private-answer'];
const request = { ...post, body: '{"content":"private words"}', query: { tag: 'private-tag' } } as const;

function everythingIn(error: unknown): string {
  return inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error);
}

overTransports('H6: errors', (client) => {
  it('an error answers what, where, how often and for how long', async () => {
    const fields = { detail: 'the model is unknown', errors: [{ pointer: '/model_id', message: 'unknown' }] };
    await using t = await client([problem(503), problem(404, fields, { 'x-request-id': 'r-9' })]);
    const error = await failureOf(t.http.call(post, nothing));
    expect(error).toMatchObject({
      name: 'ApiError',
      code: 'api',
      method: 'POST',
      path: '/things',
      status: 404,
      requestId: 'r-9',
      attempts: 2,
      retryable: false,
      problem: { type: '/problems/test', title: 'Test', ...fields },
    });
    expect(error.message).toBe('Test answered 404 to POST /things: the model is unknown');
    expect(error.totalMs).toBeGreaterThan(0);
  });

  it('the request id of a problem counts where the header is missing', async () => {
    await using t = await client([problem(404, { request_id: 'r-7' })]);
    expect(await failureOf(t.http.call(get, nothing))).toMatchObject({ requestId: 'r-7' });
  });

  const silentFor = { timeoutMs: 30 };
  it.each<[string, Step, object]>([
    ['a problem', problem(404), {}],
    ['a refused key', problem(401), {}],
    ['a redirect', answer(302, 'private-answer', { location: 'http://localhost/?private-tag' }), {}],
    ['a lost connection', reset, {}],
    ['a body cut short', cutBody, {}],
    ['a timeout', silent, silentFor],
    ['an answer that cannot be read', answer(200, '{"a":"private-answer'), {}],
    ['an answer of another shape', answer(200, { policy_id: ['private-answer'] }), {}],
    ['an answer that is too large', answer(200, 'private-answer'.repeat(1_000)), { maxResponseBytes: 100 }],
  ])('%s holds no key, body, query or header', async (_what, step, options) => {
    await using t = await client([step], { ...options, retry: { maxAttempts: 1 } });
    const error = await failureOf(t.http.call(request, json(thing), { headers: { 'x-mine': 'private-header' } }));
    expect(error.message).toContain('POST /things');
    for (const secret of secrets) expect(everythingIn(error)).not.toContain(secret);
  });

  it('a header that cannot be sent is refused by name, before anything is sent', async () => {
    await using t = await client([ok]);
    const bad = { headers: { 'x-mine': 'private-header\r\nx: y' } };
    const error = await failureOf(t.http.call(get, nothing, bad));
    expect(error).toMatchObject({ code: 'invalid_config', attempts: 0 });
    expect(error.message).toBe('headers.x-mine holds characters that a header cannot have');
    expect(await failureOf(t.http.call(post, nothing, { idempotencyKey: 'private-tag\n' }))).toMatchObject({
      message: 'idempotencyKey holds characters that a header cannot have',
    });
    for (const options of [{ timeoutMs: 0 }, { timeoutMs: NaN }, { deadlineMs: -1 }, { deadlineMs: Infinity }])
      expect(await failureOf(t.http.call(get, nothing, options))).toMatchObject({
        code: 'invalid_config',
        message: expect.stringMatching(/^(timeoutMs|deadlineMs) must be a number of ms in .*, got /) as string,
      });
    expect(t.server.seen).toEqual([]);
    expect(t.http.breaker?.state).toBe('closed');
  });
});

overTransports('a path that would lead elsewhere', (client) => {
  it.each(['/a/..', '/a/../b', '/./a', '/a/%2e%2E/b'])('%j is refused', async (path) => {
    await using t = await client([ok]);
    const error = await failureOf(t.http.call({ method: 'DELETE', path }, nothing));
    expect(error).toMatchObject({ code: 'invalid_config' });
    expect(error.message).toContain('path must have no segment . or ..');
    expect(t.server.seen).toEqual([]);
    await t.http.call({ method: 'GET', path: '/.a/b..c/...' }, nothing);
  });

  it.each(['.evil.test/x', '@evil.test/x', ':81/x', ''])('%j is refused', async (path) => {
    await using t = await client([ok]);
    const error = await failureOf(t.http.call({ method: 'GET', path }, nothing));
    expect(error).toMatchObject({ code: 'invalid_config', message: `path must start with /, got "${path}"` });
    expect(t.server.seen).toEqual([]);
  });
});

overTransports('H8: keys', (client) => {
  it('a 401 asks for a new key once and replays', async () => {
    const auth = vi.fn().mockReturnValueOnce('old').mockResolvedValueOnce('new');
    await using t = await client([problem(401), ok], { auth });
    const { answer: received } = await t.http.call(post, json(thing));
    expect(t.server.seen.map((s) => s.headers.authorization)).toEqual(['Bearer old', 'Bearer new']);
    expect(new Set(t.server.seen.map((s) => s.headers['idempotency-key'])).size).toBe(1);
    expect(received.attempts).toBe(1);
  });

  it('a second 401 is final, and so is one with the same key', async () => {
    let n = 0;
    await using t = await client([problem(401)], { auth: () => `key${String(n++)}` });
    const error = await failureOf(t.http.call(get, nothing));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ code: 'authentication', status: 401, retryable: false });
    expect(t.server.seen).toHaveLength(2);
    await using same = await client([problem(401)], { auth: () => 'same' });
    await failureOf(same.http.call(get, nothing));
    expect(same.server.seen).toHaveLength(1);
  });

  it('a refresh happens once a call, however many attempts it takes', async () => {
    let n = 0;
    await using t = await client([problem(401), problem(503), problem(401)], { auth: () => `key${String(n++)}` });
    expect(await failureOf(t.http.call(get, nothing))).toMatchObject({ status: 401 });
    expect(t.server.seen).toHaveLength(3);
  });

  it('403 does not ask for a new key', async () => {
    const auth = vi.fn(() => 'k');
    await using t = await client([problem(403)], { auth });
    expect(await failureOf(t.http.call(get, nothing))).toMatchObject({ code: 'authentication', status: 403 });
    expect(auth).toHaveBeenCalledTimes(1);
  });

  it('a key that cannot be had is an error without a request', async () => {
    const down = new Error('the key service is down');
    await using t = await client([ok], { auth: () => Promise.reject(down), retry: fast });
    expect(await failureOf(t.http.call(get, nothing))).toMatchObject({ code: 'authentication', cause: down });
    await using bad = await client([ok], { auth: () => 'a\r\nb' });
    const error = await failureOf(bad.http.call(get, nothing));
    expect(error).toMatchObject({ code: 'invalid_config' });
    expect(everythingIn(error)).not.toContain('a\\r\\nb');
    expect([...t.server.seen, ...bad.server.seen]).toEqual([]);
  });

  it('a key goes along only where it is wanted', async () => {
    await using t = await client([ok]);
    await t.http.call({ ...get, authenticated: false }, nothing);
    expect(t.server.seen[0]?.headers.authorization).toBeUndefined();
  });
});
