import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { contract } from '@llm-memory-graph/contracts';
import * as z from 'zod/mini';
import { describe, expect, it } from 'vitest';
import {
  idempotent,
  jsonAnswer,
  jsonTextAnswer,
  memoryIdempotencyStore,
  pathId,
  problem,
  readJson,
  requireScope,
  resolveLimits,
  resource,
  serviceApp,
  type ApiKey,
} from './index.ts';

const note = contract('Note', z.object({ noteId: z.string(), size: z._default(z.int(), 0) }));
const limits = resolveLimits({ maxBodyBytes: 1000, maxJsonDepth: 10 });

function service(keys: readonly ApiKey[] = []) {
  const logged: unknown[] = [];
  const note1 = (fields: object): void => void logged.push(fields);
  const app = serviceApp({ name: 'notes', keys, logger: { debug: () => {}, info: note1, warn: note1, error: note1 } });
  let made = 0;
  const clock = { time: 0, now: () => clock.time };
  const once = idempotent({ store: memoryIdempotencyStore(), clock, maxBodyBytes: limits.maxBodyBytes, ttlMs: 1000 });
  resource(app, '/health', { GET: () => jsonTextAnswer('{}') });
  resource(app, '/notes', {
    POST: once(async (c) => {
      requireScope(c, 'notes:write');
      const body = await readJson(c, limits, note);
      if (body.noteId === 'refused') throw problem(409, 'conflict', 'no');
      made++;
      await Promise.resolve();
      return jsonAnswer(note, { ...body, size: made }, { status: 201 });
    }),
  });
  resource(app, '/notes/:id', { GET: (c) => jsonTextAnswer(JSON.stringify(pathId(c))) });
  resource(app, '/broken', {
    GET: () => {
      throw new Error('the secret is 42');
    },
    PUT: () => jsonAnswer(note, { noteId: 1 } as never),
  });
  const post = async (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    app.request('/notes', { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
  return { app, post, logged, clock, made: () => made };
}

async function problemOf(answer: Response): Promise<Record<string, unknown>> {
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const body = (await answer.json()) as Record<string, unknown>;
  expect(body['status']).toBe(answer.status);
  expect(body['request_id']).toBe(answer.headers.get('x-request-id'));
  return body;
}

describe('errors', () => {
  it('name the wrong fields by wire pointers', async () => {
    const answer = await service().post('{"note_id":7,"size":1.5}');
    expect(answer.status).toBe(400);
    expect(await problemOf(answer)).toMatchObject({
      type: '/problems/validation',
      title: 'Validation',
      instance: '/notes',
      errors: [{ pointer: '/note_id' }, { pointer: '/size' }],
    });
  });

  it.each(['GET', 'PUT'])('of ours are a 500 without details, logged by request id (%s)', async (method) => {
    const { app, logged } = service();
    const answer = await app.request('/broken', { method, headers: { 'x-request-id': 'r-1' } });
    expect(answer.status).toBe(500);
    expect(JSON.stringify(await problemOf(answer))).not.toMatch(/secret|note/i);
    expect(logged).toMatchObject([{ request_id: 'r-1' }]);
  });

  it('cover unknown paths, methods and media types', async () => {
    const { app, post } = service();
    expect((await problemOf(await app.request('/nothing')))['status']).toBe(404);
    const wrongMethod = await app.request('/notes/1', { method: 'DELETE' });
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await post('{}', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post('{}', { 'content-type': 'application/json; charset=latin1' })).status).toBe(415);
    expect((await app.request('/notes/1', { headers: { accept: 'text/html, image/*' } })).status).toBe(406);
    expect((await app.request('/notes/1', { headers: { accept: 'text/html, application/*;q=0.1' } })).status).toBe(200);
  });
});

describe('request ids', () => {
  it('are taken over when sane and made otherwise', async () => {
    const { app } = service();
    const ask = async (id: string) =>
      (await app.request('/health', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await ask('abc-1')).toBe('abc-1');
    expect(await ask('a b')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await ask('x'.repeat(129))).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('keys', () => {
  const hash = createHash('sha256').update('hashed').digest('hex');
  const keys = [{ secret: 'full' }, { hash, tenant: 'b', scopes: ['notes:read'] }];

  it('are asked for everywhere but on open paths', async () => {
    const { app } = service(keys);
    expect((await app.request('/health')).status).toBe(200);
    const none = await app.request('/notes/1');
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="notes"']);
    const wrong = await app.request('/notes/1', { headers: { authorization: 'Bearer nope' } });
    expect([wrong.status, wrong.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="notes", error="invalid_token"',
    ]);
    expect(JSON.stringify(await problemOf(wrong))).not.toContain('nope');
    for (const key of ['full', 'hashed'])
      expect((await app.request('/notes/1', { headers: { authorization: `bearer ${key}` } })).status).toBe(200);
  });

  it('without the scope get a 403 that names it', async () => {
    const answer = await service(keys).post('{"note_id":"a"}', { authorization: 'Bearer hashed' });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      403,
      'Bearer error="insufficient_scope", scope="notes:write"',
    ]);
  });

  it('that are unusable fail at construction without being shown', () => {
    expect(() => service([{ secret: 'a b' }])).toThrow('keys[0].secret must be a bearer token');
    expect(() => service([{ secret: 'a' }, { hash: 'zz' }])).toThrow('keys[1].hash must be 64 hex digits');
    expect(() => service([{}])).toThrow('keys[0] needs either secret or hash');
  });
});

describe('paths', () => {
  it.each(['/notes/%2e%2e', '/notes/a%00b', '/notes/a%2Fb', '/notes/%zz', '/notes/a%5Cb', '/notes/%ff', '/notes/%20a'])(
    'that smuggle are refused: %s',
    async (path) => {
      const { app } = service();
      // Under node-server the target is seen as it came over the wire; a URL would have resolved it already.
      const answer = await app.request(path, {}, { incoming: { url: path } });
      expect(answer.status).toBe(400);
    },
  );

  it('keep odd but harmless ids', async () => {
    const answer = await service().app.request('/notes/a%20b:%C3%A9');
    expect(await answer.json()).toBe('a b:é');
  });
});

describe('bodies', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);

  it.each([
    ['not JSON', bytes('{"note_id":')],
    ['empty', bytes('')],
    ['with a byte order mark', bytes('\ufeff{"note_id":"a"}')],
    ['not UTF-8', Uint8Array.from([...bytes('{"note_id":"'), 0xff, ...bytes('"}')])],
    ['nested too deep', bytes(`{"note_id":${'['.repeat(11)}${']'.repeat(11)}}`)],
  ])('%s are malformed', async (_what, body) => {
    const answer = await service().post(body);
    expect(answer.status).toBe(400);
    expect((await problemOf(answer))['type']).toBe('/problems/malformed-json');
  });

  it('beyond the limit are refused, with and without a length', async () => {
    const { app, post } = service();
    expect((await post('x'.repeat(1001), { 'content-length': '1001' })).status).toBe(413);
    const stream = new Blob(['x'.repeat(5000)]).stream();
    const init = { method: 'POST', body: stream, duplex: 'half', headers: { 'content-type': 'application/json' } };
    expect((await app.request('/notes', init)).status).toBe(413);
  });

  it('are decoded from gzip and zstd, bounded', async () => {
    const { post } = service();
    const json = '{"note_id":"a"}';
    expect((await post(new Uint8Array(gzipSync(json)), { 'content-encoding': 'gzip' })).status).toBe(201);
    expect((await post(new Uint8Array(zstdCompressSync(json)), { 'content-encoding': 'zstd' })).status).toBe(201);
    const bomb = ' '.repeat(10_000_000);
    expect((await post(new Uint8Array(gzipSync(bomb)), { 'content-encoding': 'gzip' })).status).toBe(400 + 13);
    expect((await post(new Uint8Array(zstdCompressSync(bomb)).slice(), { 'content-encoding': 'zstd' })).status).toBe(
      413,
    );
    const cut = new Uint8Array(zstdCompressSync(JSON.stringify({ note_id: 'abcdefgh'.repeat(20) }))).slice(0, -6);
    expect((await post(cut, { 'content-encoding': 'zstd' })).status).toBe(400);
    const unknown = await post(json, { 'content-encoding': 'br' });
    expect([unknown.status, unknown.headers.get('accept-encoding')]).toEqual([415, 'zstd, gzip']);
  });
});

describe('idempotency keys', () => {
  it('give the first answer again and refuse another request', async () => {
    const { post, made, clock } = service();
    const first = await post('{"note_id":"a"}', { 'idempotency-key': 'k' });
    const again = await post('{"note_id":"a"}', { 'idempotency-key': 'k' });
    expect([again.status, await again.text()]).toEqual([201, await first.text()]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    const other = await post('{"note_id":"b"}', { 'idempotency-key': 'k' });
    expect([other.status, (await problemOf(other))['type']]).toEqual([422, '/problems/idempotency-key-reused']);
    expect(made()).toBe(1);
    clock.time = 1000;
    await post('{"note_id":"b"}', { 'idempotency-key': 'k' });
    expect(made()).toBe(2);
  });

  it('take effect once when they come at the same time', async () => {
    const { post, made } = service();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post('{"note_id":"a"}', { 'idempotency-key': 'k' })),
    );
    expect(new Set(await Promise.all(answers.map((answer) => answer.text())))).toEqual(
      new Set(['{"note_id":"a","size":1}']),
    );
    expect(made()).toBe(1);
  });

  it('do not remember a refusal', async () => {
    const { post } = service();
    expect((await post('{"note_id":"refused"}', { 'idempotency-key': 'k' })).status).toBe(409);
    expect((await post('{"note_id":"a"}', { 'idempotency-key': 'k' })).status).toBe(201);
    expect((await post('{"note_id":"a"}', { 'idempotency-key': 'é' })).status).toBe(400);
  });
});
