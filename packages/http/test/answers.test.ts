import { gzipSync } from 'node:zlib';
import { policyCreated as thing } from '@llm-memory-graph/contracts';
import { expect, it } from 'vitest';
import { isIntegrationError, json, nothing, textOf } from '../src/index.ts';
import { failureOf, get, key, overTransports, post } from './over-transports.ts';
import { answer, raw, scriptedServer, type Step } from './scripted-server.ts';

const ok = answer(200, { policy_id: 'x' });
const mebibyte = 1024 * 1024;

function chunked(total: number, length: number): Step {
  return (response) => {
    response.writeHead(200);
    const chunk = 'x'.repeat(length);
    for (let sent = 0; sent < total; sent += length) response.write(chunk);
    response.end();
  };
}

overTransports('answers', (client) => {
  it('a bare value is read; the raw answer comes along', async () => {
    await using t = await client([answer(200, { policy_id: 'x', unknown: 1 }, { 'x-request-id': 'r-1' })]);
    const { value, answer: received } = await t.http.call(get, json(thing));
    expect(value).toEqual({ policyId: 'x' });
    expect(received).toMatchObject({ status: 200, attempts: 1, requestId: 'r-1' });
    expect(received.headers.get('content-type')).toBe('application/json');
    expect(textOf(received)).toBe('{"policy_id":"x","unknown":1}');
    expect(t.server.seen[0]?.headers.authorization).toBe(`Bearer ${key}`);
  });

  it('onAnswer sees the raw answer of a call that gives only a value', async () => {
    await using t = await client([answer(201, { policy_id: 'x' }, { 'x-extra': '1' })]);
    const seen: unknown[] = [];
    const onAnswer = (received: { status: number; headers: Headers }): void =>
      void seen.push(received.status, received.headers.get('x-extra'));
    await t.http.call(get, json(thing), { onAnswer });
    expect(seen).toEqual([201, '1']);
  });

  it('a path prefix of baseUrl is kept, the query encoded', async () => {
    await using t = await client([ok]);
    const request = { ...get, path: '/prefix/things/a%2Fb', query: { tag: 'a&b', page: 2, none: undefined } };
    await t.http.call(request, nothing);
    expect(t.server.seen[0]?.path).toBe('/prefix/things/a%2Fb?tag=a%26b&page=2');
  });

  it('headers of client, request and call go out once each, the last one wins', async () => {
    await using t = await client([ok], { headers: { 'X-One': 'client', 'X-Two': 'client', 'X-Three': 'client' } });
    const request = { ...get, headers: { 'x-two': 'request', 'x-three': 'request' } };
    await t.http.call(request, nothing, { headers: { 'X-THREE': 'call' } });
    expect(t.server.seen[0]?.headers).toMatchObject({ 'x-one': 'client', 'x-two': 'request', 'x-three': 'call' });
  });

  it('bytes are sent as they are', async () => {
    await using t = await client([ok]);
    const body = new Uint8Array([0x7b, 0x7d]);
    await t.http.call({ ...post, body, contentType: 'application/octet-stream' }, nothing);
    expect(t.server.seen[0]).toMatchObject({ body: '{}', headers: { 'content-type': 'application/octet-stream' } });
  });

  it.each([
    ['cut', '{"secret-content'],
    ['empty', ''],
    ['another value behind it', '{"policy_id":"secret-content"} 5'],
    ['HTML', '<html>secret-content</html>'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]).toString('latin1')],
  ])('H2: JSON that is %s is an error, not a string; it is not quoted and not repeated', async (_what, body) => {
    await using t = await client([
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(Buffer.from(body, 'latin1'));
      },
    ]);
    const error = await failureOf(t.http.call(get, json(thing)));
    expect(error).toMatchObject({ code: 'serialization', name: 'SerializationError', status: 200, attempts: 1 });
    expect(error.message).toBe('the answer of Test to GET /things/x cannot be read: it is not JSON in UTF-8');
    expect(error.cause).toBeUndefined();
    expect(t.server.seen).toHaveLength(1);
  });

  it('H2: a wrong shape is an error that names the field', async () => {
    await using t = await client([answer(200, { policy_id: 5 })]);
    const error = await failureOf(t.http.call(get, json(thing)));
    expect(error).toMatchObject({ code: 'serialization', retryable: false, attempts: 1 });
    expect(error.message).toContain('PolicyCreated: /policy_id: expected string, received number');
  });

  it('204 is fine where nothing is read', async () => {
    await using t = await client([answer(204)]);
    expect((await t.http.call({ method: 'DELETE', path: '/x' }, nothing)).answer).toMatchObject({ status: 204 });
  });

  it('what comes before the answer is passed over (100 Continue, 103 Early Hints)', async () => {
    await using t = await client([
      raw(
        'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n{"policy_id":"x"}',
      ),
    ]);
    expect((await t.http.call(get, json(thing))).value).toEqual({ policyId: 'x' });
  });

  it('a body without a length ends with its connection', async () => {
    await using t = await client([raw('HTTP/1.1 200 OK\r\n\r\n{"policy_id":"x"}')]);
    expect((await t.http.call(get, json(thing))).value).toEqual({ policyId: 'x' });
  });

  it.each([301, 302, 303, 307, 308])('%i is not followed, so the key goes nowhere else', async (status) => {
    await using other = await scriptedServer(ok);
    await using t = await client([answer(status, {}, { location: `${other.baseUrl}/?secret-query` })]);
    const error = await failureOf(t.http.call(get, nothing));
    expect(error).toMatchObject({ code: 'http', name: 'HttpError', status, retryable: false, attempts: 1 });
    expect(error.message).toBe('Test redirected GET /things/x; redirects are not followed, mend baseUrl');
    expect(other.seen).toHaveLength(0);
  });

  it('a 304 that was not asked for is an error', async () => {
    await using t = await client([answer(304, '')]);
    expect(await failureOf(t.http.call(get, nothing))).toMatchObject({ code: 'http', status: 304 });
  });

  it('a huge body is read whole', async () => {
    await using t = await client([chunked(16 * mebibyte, 100_000)]);
    const { answer: received } = await t.http.call(get, nothing);
    expect(received.body.length).toBeGreaterThanOrEqual(16 * mebibyte);
    expect(received.body.every((byte) => byte === 0x78)).toBe(true);
  });

  it.each([
    ['declared', answer(200, 'x'.repeat(2_000))],
    ['found out while reading', chunked(2_000, 100)],
    ['without an end', chunked(64 * mebibyte, mebibyte)],
  ])('a body above maxResponseBytes is refused: %s', async (_how, step) => {
    await using t = await client([step], { maxResponseBytes: 1_000 });
    const error = await failureOf(t.http.call(get, nothing));
    expect(error).toMatchObject({ code: 'http', status: 200, retryable: false, attempts: 1 });
    expect(error.message).toBe('the answer to GET /things/x is larger than maxResponseBytes (1000)');
  });

  it('a body of exactly maxResponseBytes is read', async () => {
    await using t = await client([chunked(1_000, 100)], { maxResponseBytes: 1_000 });
    expect((await t.http.call(get, nothing)).answer.body).toHaveLength(1_000);
  });

  it('of a huge problem no more than 64 KiB is read', async () => {
    await using t = await client([answer(404, 'x'.repeat(mebibyte)), ok]);
    expect(await failureOf(t.http.call(get, nothing))).toMatchObject({ code: 'api', status: 404 });
    await t.http.call(get, json(thing));
  });

  it.each([
    ['not JSON', 'nonsense', 'application/problem+json'],
    ['another shape', '{"status":"x"}', 'application/problem+json'],
    ['another type', '<h1>no</h1>', 'text/html'],
  ])('a problem that is none is passed over: %s', async (_what, body, type) => {
    await using t = await client([answer(404, body, { 'content-type': type })]);
    const error = await failureOf(t.http.call(get, nothing));
    expect(error).toMatchObject({ code: 'api', status: 404, problem: undefined });
    expect(error.message).toBe('Test answered 404 to GET /things/x');
  });

  it('many calls at once each get their own answer', async () => {
    const echo: Step = (response, request) => answer(200, { policy_id: request.path })(response, request);
    await using t = await client([echo]);
    const paths = Array.from({ length: 200 }, (_, i) => `/things/${String(i)}`);
    const values = await Promise.all(paths.map((path) => t.http.call({ method: 'GET', path }, json(thing))));
    expect(values.map(({ value }) => value.policyId)).toEqual(paths);
  });
});

overTransports('answers that were compressed unasked', (client) => {
  it('are read or refused as what they are, never taken for something else', async () => {
    const zipped = gzipSync('{"policy_id":"x"}');
    await using t = await client([
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
        response.end(zipped);
      },
    ]);
    const outcome = await t.http.call(get, json(thing)).then(
      ({ value }) => value.policyId,
      (error: unknown) => isIntegrationError(error) && error.code,
    );
    expect(['x', 'serialization']).toContain(outcome);
  });
});
