import { policyCreated as thing } from '@llm-memory-graph/contracts';
import { TestClock } from '@llm-memory-graph/resilience/testing';
import { expect, it, vi } from 'vitest';
import { json, nothing } from '../src/index.ts';
import { failureOf, fast, get, overTransports, post } from './over-transports.ts';
import { answer, cutBody, problem, raw, reset, scriptedServer, silent } from './scripted-server.ts';

const ok = answer(200, { policy_id: 'x' });
const hour = () => new Date(Date.now() + 3_600_000).toUTCString();

overTransports('repeats', (client) => {
  it('H5: a POST goes out byte for byte under one idempotency key, after 5xx, resets and cut bodies', async () => {
    await using t = await client([answer(503), reset, cutBody, ok], { retry: { ...fast, maxAttempts: 4 } });
    const { answer: received } = await t.http.call(post, json(thing));
    expect(received.attempts).toBe(4);
    expect(new Set(t.server.seen.map((s) => s.headers['idempotency-key'])).size).toBe(1);
    expect(t.server.seen.map((s) => s.body)).toEqual(Array(4).fill(post.body));
    expect(t.server.seen[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('H5: the caller’s idempotency key is taken; each call has its own otherwise', async () => {
    await using t = await client([ok]);
    await t.http.call(post, nothing, { idempotencyKey: 'mine' });
    await t.http.call(post, nothing);
    await t.http.call(post, nothing);
    const keys = t.server.seen.map((s) => s.headers['idempotency-key']);
    expect(keys[0]).toBe('mine');
    expect(new Set(keys).size).toBe(3);
  });

  it('R6: a PATCH is repeated only under a key, unless it cannot have arrived', async () => {
    const patch = { method: 'PATCH', path: '/things/x', body: '{}' } as const;
    await using t = await client([reset, ok]);
    expect(await failureOf(t.http.call(patch, nothing))).toMatchObject({ code: 'connection', attempts: 1 });
    await using keyed = await client([reset, ok]);
    expect((await keyed.http.call(patch, nothing, { idempotencyKey: 'p-1' })).answer.attempts).toBe(2);
  });

  it.each([
    ['a reset', reset],
    ['a body cut short', cutBody],
    ['a chunked body cut short', raw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"pol')],
    ['a closed connection', raw('')],
    ['something that is not HTTP', raw('220 mail ready\r\n\r\n')],
    ['500', answer(500)],
    ['502', answer(502, '<html>bad gateway</html>', { 'content-type': 'text/html' })],
    ['503', problem(503)],
    ['504', answer(504)],
    ['408', problem(408)],
    ['429', problem(429)],
  ])('repeats after %s', async (_what, step) => {
    await using t = await client([step, ok]);
    expect((await t.http.call(get, json(thing))).answer.attempts).toBe(2);
  });

  it.each([400, 403, 404, 405, 409, 410, 413, 422, 501, 505])('does not repeat after %i', async (status) => {
    await using t = await client([problem(status, { detail: 'no' })]);
    const error = await failureOf(t.http.call(get, nothing));
    expect(error).toMatchObject({ status, retryable: false, attempts: 1 });
    expect(error.code).toBe(status === 403 ? 'authentication' : 'api');
    expect(t.server.seen).toHaveLength(1);
  });

  it('gives up after maxAttempts with the last error', async () => {
    await using t = await client([answer(500)]);
    const error = await failureOf(t.http.call(get, nothing));
    expect(error).toMatchObject({ code: 'api', status: 500, retryable: true, attempts: 3 });
  });

  it('names a refused connection', async () => {
    await using t = await client([ok]);
    await t.server[Symbol.asyncDispose]();
    expect(await failureOf(t.http.call(get, nothing))).toMatchObject({
      code: 'connection',
      attempts: 3,
      message: 'no answer from Test to GET /things/x: ECONNREFUSED',
    });
  });

  it.each([
    ['seconds', '0'],
    ['a past date', 'Sun, 06 Nov 1994 08:49:37 GMT'],
  ])('H4: repeats after 429 with Retry-After as %s', async (_form, hint) => {
    await using t = await client([problem(429, {}, { 'retry-after': hint }), ok]);
    expect((await t.http.call(get, json(thing))).answer.attempts).toBe(2);
  });

  it.each([
    ['seconds', () => '7'],
    ['a date', (now: number) => new Date(now + 7_000).toUTCString()],
  ])('H4: Retry-After as %s is the least that is waited', async (_form, hint) => {
    const clock = new TestClock();
    const setTimer = vi.spyOn(clock, 'setTimer');
    const waits = (): number[] => setTimer.mock.calls.map(([ms]) => ms).filter((ms) => ms < 30_000);
    await using t = await client([problem(429, {}, { 'retry-after': hint(clock.now()) }), ok], { clock });
    const call = t.http.call(get, json(thing));
    await vi.waitFor(() => expect(waits()).toHaveLength(1));
    expect(waits()[0]).toBeGreaterThanOrEqual(7_000);
    await clock.advance(20_000);
    expect((await call).answer.attempts).toBe(2);
  });

  it.each([
    ['seconds', () => '3600'],
    ['a date', hour],
  ])('H4: a Retry-After above the cap as %s ends the call with the hint', async (_form, hint) => {
    await using t = await client([problem(429, {}, { 'retry-after': hint() })]);
    const error = await failureOf(t.http.call(get, nothing));
    expect(t.server.seen).toHaveLength(1);
    expect(error.retryAfterMs).toBeGreaterThan(3_590_000);
  });

  it('H4: a Retry-After past the deadline ends the call with the hint', async () => {
    await using t = await client([problem(429, {}, { 'retry-after': '50' })]);
    const error = await failureOf(t.http.call(get, nothing, { deadlineMs: 30_000 }));
    expect(error).toMatchObject({ code: 'api', status: 429, retryAfterMs: 50_000, attempts: 1 });
  });

  it.each(['-3', '1.5', '+3000', 'soon', ''])('H4: a Retry-After that is none (%j) is not believed', async (hint) => {
    await using t = await client([problem(429, {}, { 'retry-after': hint }), ok]);
    expect((await t.http.call(get, json(thing))).answer.attempts).toBe(2);
  });

  it('a 503 storm opens the breaker; what follows is not sent', async () => {
    await using t = await client([answer(503)], {
      breaker: { failureThreshold: 3 },
      retry: { ...fast, maxAttempts: 3 },
    });
    await failureOf(t.http.call(get, nothing));
    const error = await failureOf(t.http.call(get, nothing));
    expect(error).toMatchObject({ code: 'circuit_open', name: 'CircuitBreakerOpenError', attempts: 0 });
    expect(error.retryAfterMs).toBeGreaterThan(50_000);
    expect(t.server.seen).toHaveLength(3);
    expect(t.http.breaker?.state).toBe('open');
  });

  it('a breaker that opened lets the service come back', async () => {
    const clock = new TestClock();
    const options = { clock, breaker: { failureThreshold: 2, successThreshold: 1 }, retry: { maxAttempts: 1 } };
    await using t = await client([answer(503), answer(503), ok], options);
    for (let i = 0; i < 2; i++) await failureOf(t.http.call(get, nothing));
    expect(t.http.breaker?.state).toBe('open');
    await clock.advance(10 * 60_000);
    await t.http.call(get, nothing);
    expect(t.http.breaker?.state).toBe('closed');
  });

  it('4xx and aborts say nothing of the service’s health', async () => {
    await using t = await client([problem(404), problem(429), problem(401), silent], {
      breaker: { failureThreshold: 1 },
      retry: { maxAttempts: 1 },
    });
    for (let i = 0; i < 3; i++) await failureOf(t.http.call(get, nothing));
    const controller = new AbortController();
    const call = t.http.call(get, nothing, { signal: controller.signal });
    await vi.waitFor(() => expect(t.server.seen).toHaveLength(4));
    controller.abort();
    await expect(call).rejects.toBe(controller.signal.reason);
    expect(t.http.breaker?.state).toBe('closed');
  });

  it('one breaker can guard two clients', async () => {
    await using t = await client([answer(503)], { breaker: { failureThreshold: 1 }, retry: { maxAttempts: 1 } });
    const { breaker } = t.http;
    if (!breaker) throw new Error('expected a breaker');
    await using other = await client([ok], { breaker });
    await failureOf(t.http.call(get, nothing));
    expect(await failureOf(other.http.call(get, nothing))).toMatchObject({ code: 'circuit_open' });
    await using none = await client([answer(503)], { breaker: false, retry: { maxAttempts: 1 } });
    for (let i = 0; i < 10; i++) await failureOf(none.http.call(get, nothing));
    expect(none.server.seen).toHaveLength(10);
    expect(none.http.breaker).toBeUndefined();
  });

  it('a DELETE whose answer was lost and that finds nothing the second time is done', async () => {
    const remove = { method: 'DELETE', path: '/things/x' } as const;
    await using t = await client([reset, problem(404)]);
    await t.http.call(remove, nothing);
    await using first = await client([problem(404)]);
    expect(await failureOf(first.http.call(remove, nothing))).toMatchObject({ status: 404 });
  });

  it('connections of answers that are not read to their end are given back', async () => {
    await using t = await client([problem(503, { detail: 'x'.repeat(200_000) }), ok], { breaker: false });
    for (let i = 0; i < 30; i++) await t.http.call(get, nothing);
    expect(t.server.seen.length).toBeGreaterThanOrEqual(30);
  });
});

it('the server of these tests dies when told', async () => {
  const server = await scriptedServer(ok);
  await server[Symbol.asyncDispose]();
  await expect(fetch(server.baseUrl)).rejects.toThrow();
});
