import { policyCreated as thing } from '@llm-memory-graph/contracts';
import { TestClock } from '@llm-memory-graph/resilience/testing';
import { describe, expect, it, vi } from 'vitest';
import { HttpClient, isIntegrationError, json, nothing, type HttpClientOptions } from '../src/index.ts';
import { answer, problem, scriptedServer, type Step } from './scripted-server.ts';

const get = { method: 'GET', path: '/things/x' } as const;
const cache = { ttlMs: 1_000, staleMs: 500 };

/** Answers `{"policy_id":"<n>"}` under an ETag, or 304 when the asker has it already. */
function versioned(version: () => string, headers: Record<string, string> = {}): Step {
  return (response, request) => {
    const etag = `"${version()}"`;
    if (request.headers['if-none-match'] === etag) answer(304, '', { etag })(response, request);
    else answer(200, { policy_id: version() }, { etag, ...headers })(response, request);
  };
}

async function client(step: Step | Step[], options: Partial<HttpClientOptions> = {}) {
  const clock = new TestClock();
  const server = await scriptedServer(...[step].flat());
  const retry = { maxAttempts: 1 };
  const http = new HttpClient({ baseUrl: server.baseUrl, service: 'Test', auth: 'k-1', clock, retry, ...options });
  const read = async (more: object = {}) => (await http.call(get, json(thing), { cache, ...more })).value.policyId;
  return { clock, server, http, read, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** A step that waits until it is let go. */
function gated(then: Step) {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const step: Step = (response, request) => void gate.then(() => then(response, request));
  return { step, open: () => open() };
}

describe('the cache of answers', () => {
  it('is off unless a call or the client asks for it', async () => {
    await using t = await client(answer(200, { policy_id: 'a' }));
    await t.http.call(get, nothing);
    await t.http.call(get, nothing);
    expect(t.server.seen).toHaveLength(2);
    await using off = await client(answer(200, { policy_id: 'a' }), { cache: false });
    await off.read();
    await off.read();
    expect(off.server.seen).toHaveLength(2);
    expect(off.http.cache).toBeUndefined();
  });

  it('gives an answer again until its time is over, and says so', async () => {
    let version = '1';
    await using t = await client(versioned(() => version));
    expect(await t.read()).toBe('1');
    version = '2';
    await t.clock.advance(999);
    const { value, answer: raw } = await t.http.call(get, json(thing), { cache });
    expect(value.policyId).toBe('1');
    expect(raw).toMatchObject({ status: 200, attempts: 0, cached: 'fresh' });
    expect(raw.headers.get('content-type')).toBe('application/json');
    await t.clock.advance(2_000);
    expect(await t.read()).toBe('2');
  });

  it('serves every GET for the time set at the client; a call may differ', async () => {
    await using t = await client(answer(200, { policy_id: 'a' }), { cache: { ttlMs: 1_000 } });
    await t.http.call(get, nothing);
    await t.http.call(get, nothing);
    expect(t.server.seen).toHaveLength(1);
    await t.http.call(get, nothing, { cache: false });
    expect(t.server.seen).toHaveLength(2);
  });

  it('gives a stale answer at once and fetches a new one behind it', async () => {
    let version = 'a';
    await using t = await client(versioned(() => version));
    await t.read();
    version = 'b';
    await t.clock.advance(1_200);
    expect(await t.read()).toBe('a');
    await vi.waitFor(async () => expect(await t.read()).toBe('b'));
    expect(t.server.seen).toHaveLength(2);
  });

  it('a failing fetch behind a stale answer harms nobody', async () => {
    await using t = await client([answer(200, { policy_id: 'a' }), problem(503)]);
    await t.read();
    await t.clock.advance(1_200);
    expect(await t.read()).toBe('a');
    await vi.waitFor(() => expect(t.server.seen).toHaveLength(2));
    await t.clock.advance(1_000);
    await expect(t.read()).rejects.toMatchObject({ code: 'api', status: 503 });
  });

  it('asks by ETag after that; a 304 renews what is kept', async () => {
    await using t = await client(versioned(() => 'a'));
    await t.read();
    await t.clock.advance(5_000);
    const { value, answer: raw } = await t.http.call(get, json(thing), { cache });
    expect(value.policyId).toBe('a');
    expect(raw).toMatchObject({ status: 200, cached: 'revalidated', attempts: 1 });
    expect(t.server.seen[1]?.headers['if-none-match']).toBe('"a"');
    expect(await t.read()).toBe('a');
    expect(t.server.seen).toHaveLength(2);
  });

  it('a ttl of 0 asks every time, by ETag', async () => {
    await using t = await client(versioned(() => 'a'));
    await t.read({ cache: { ttlMs: 0 } });
    await t.read({ cache: { ttlMs: 0 } });
    expect(t.server.seen.map((s) => s.headers['if-none-match'])).toEqual([undefined, '"a"']);
  });

  it('asks once however many wait; each gets a value of its own', async () => {
    const { step, open } = gated(answer(200, { policy_id: 'a' }));
    await using t = await client(step);
    const calls = Array.from({ length: 20 }, () => t.http.call(get, json(thing), { cache }));
    await vi.waitFor(() => expect(t.server.seen).toHaveLength(1));
    open();
    const values = (await Promise.all(calls)).map((c) => c.value);
    expect(new Set(values).size).toBe(20);
    expect(t.server.seen).toHaveLength(1);
  });

  it('who aborts leaves alone, the one that began included; the last one ends the request', async () => {
    const { step, open } = gated(answer(200, { policy_id: 'a' }));
    await using t = await client(step);
    const [first, second] = [new AbortController(), new AbortController()];
    const one = t.read({ signal: first.signal });
    const two = t.read({ signal: second.signal });
    await vi.waitFor(() => expect(t.server.seen).toHaveLength(1));
    first.abort(new Error('enough'));
    await expect(one).rejects.toThrow('enough');
    open();
    expect(await two).toBe('a');
    await expect(t.read({ signal: AbortSignal.abort(new Error('never')), cache: { ttlMs: 0 } })).rejects.toThrow(
      'never',
    );
    expect(t.server.seen).toHaveLength(1);
  });

  it('one waiter’s deadline is its own (H1)', async () => {
    const { step, open } = gated(answer(200, { policy_id: 'a' }));
    await using t = await client(step);
    const hurried = t.read({ deadlineMs: 50 }).catch((error: unknown) => error);
    const patient = t.read();
    await vi.waitFor(() => expect(t.server.seen).toHaveLength(1));
    await t.clock.advance(60);
    expect(await hurried).toMatchObject({ code: 'timeout', name: 'RequestTimeoutError' });
    open();
    expect(await patient).toBe('a');
  });

  it('never keeps an error, nor an answer that cannot be read, nor what must not be stored', async () => {
    const bad = [problem(404), answer(200, { policy_id: 5 }), answer(200, '{"cut')];
    const unstorable = [
      answer(200, { policy_id: 'a' }, { 'cache-control': 'private, no-store' }),
      answer(200, { policy_id: 'b' }, { vary: '*' }),
    ];
    await using t = await client([...bad, ...unstorable, answer(200, { policy_id: 'c' })]);
    for (const _ of bad) await expect(t.read()).rejects.toSatisfy(isIntegrationError);
    expect([await t.read(), await t.read(), await t.read(), await t.read()]).toEqual(['a', 'b', 'c', 'c']);
    expect(t.http.cache?.size).toBe(1);
  });

  it('never gives one principal the answer of another', async () => {
    let key = 'alice';
    const whoami: Step = (response, request) =>
      answer(200, { policy_id: request.headers.authorization?.slice(7) })(response, request);
    await using t = await client(whoami, { auth: () => key });
    expect(await t.read()).toBe('alice');
    key = 'bob';
    expect(await t.read()).toBe('bob');
    key = 'alice';
    expect(await t.read()).toBe('alice');
    expect(t.server.seen).toHaveLength(2);
  });

  it('keeps an answer under the key that got it, when a 401 changed the key on the way', async () => {
    const keys = ['old', 'old', 'new', 'old'];
    await using t = await client([problem(401), answer(200, { policy_id: 'new' }), answer(200, { policy_id: 'old' })], {
      auth: () => keys.shift() ?? 'old',
    });
    expect(await t.read()).toBe('new');
    expect(await t.read()).toBe('old');
  });

  it('tells queries and headers of a call apart', async () => {
    let n = 0;
    await using t = await client((response, request) => answer(200, { policy_id: String(++n) })(response, request));
    const read = async (query: Record<string, number>, headers: Record<string, string> = {}) =>
      (await t.http.call({ ...get, query }, json(thing), { cache, headers })).value.policyId;
    expect([await read({ page: 1 }), await read({ page: 2 }), await read({ page: 1 })]).toEqual(['1', '2', '1']);
    expect(await read({ page: 1 }, { 'accept-language': 'de' })).toBe('3');
  });

  it('forgets by path prefix, and what an own write changed by itself', async () => {
    let version = 'a';
    await using t = await client(versioned(() => version));
    await t.read();
    version = 'b';
    t.http.cache?.invalidate('/things/x');
    expect(await t.read()).toBe('b');
    version = 'c';
    await t.http.call({ method: 'PUT', path: '/things/x', body: '{}' }, nothing);
    expect(await t.read()).toBe('c');
  });

  it('does not keep an answer that was on its way when its path was invalidated', async () => {
    const { step, open } = gated(answer(200, { policy_id: 'before' }));
    await using t = await client([step, answer(200, { policy_id: 'after' })]);
    const early = t.read();
    await vi.waitFor(() => expect(t.server.seen).toHaveLength(1));
    t.http.cache?.invalidate('/things');
    const late = t.read();
    expect(await late).toBe('after');
    open();
    expect(await early).toBe('before');
    expect(await t.read()).toBe('after');
  });

  it('a caller that writes into its answer does not change what is kept', async () => {
    await using t = await client(answer(200, { policy_id: 'a' }));
    for (const _ of [1, 2]) (await t.http.call(get, json(thing), { cache })).answer.body.fill(0);
    expect(await t.read()).toBe('a');
  });
});

describe('onAnswer', () => {
  it('gives the raw answer on request, before it is read as a value', async () => {
    await using t = await client([answer(200, { policy_id: 'a' }, { 'x-request-id': 'r-1' }), answer(200, '{"cut')]);
    const seen: unknown[] = [];
    const onAnswer = ({
      status,
      requestId,
      body,
    }: {
      status: number;
      requestId: string | undefined;
      body: Uint8Array;
    }) => void seen.push([status, requestId, Buffer.from(body).toString()]);
    await t.http.call(get, json(thing), { onAnswer });
    await expect(t.http.call(get, json(thing), { onAnswer })).rejects.toMatchObject({ code: 'serialization' });
    expect(seen).toEqual([
      [200, 'r-1', '{"policy_id":"a"}'],
      [200, undefined, '{"cut'],
    ]);
  });
});
