import { randomUUID } from 'node:crypto';

import { encodeSealedFrames, sealedEntry, sealedFramesMediaType } from '@llm-memory-graph/contracts';
import { generateKey, localKeyRing, open, seal } from '@llm-memory-graph/sealed-archive';
import { beforeEach, describe, expect, it } from 'vitest';

import { memoryArchiveStore } from '../src/index.ts';
import { testVault, type TestVault } from './test-vault.ts';

const clientKeys = localKeyRing({ keys: { client: generateKey() }, primary: 'client' });
const context = { tenant: 'mine', sessionId: 's-1', archiveId: 'a' };
const content = new TextEncoder().encode(JSON.stringify({ text: 'x'.repeat(5000) }));
const partial = 'application/partial-upload';

const entryHeader = (fields: object = {}): string => {
  const entry = { id: 'a', session_id: 's-1', retention_days: 30, tags: ['big'], metadata: { n: 1 }, ...fields };
  return `:${Buffer.from(JSON.stringify(entry)).toString('base64')}:`;
};
const digestHeader = (digest: string): string => `sha-256=:${Buffer.from(digest.slice(7), 'hex').toString('base64')}:`;

describe('resumable uploads', () => {
  let vault: TestVault;
  let sealed: Uint8Array;
  let digest: string;

  beforeEach(async () => {
    vault = testVault();
    const { bytes, digest: own } = await seal(content, { context, keys: clientKeys, compression: 'none' });
    [sealed, digest] = [bytes, own];
  });

  const begin = async (headers: Record<string, string> = {}, body?: Uint8Array): Promise<Response> =>
    vault.ask('POST', '/api/v1/archive', body, {
      'upload-complete': '?0',
      'archive-entry': entryHeader(),
      'content-type': partial,
      ...headers,
    });
  const begun = async (headers?: Record<string, string>): Promise<string> =>
    (await begin(headers)).headers.get('location') ?? 'none';
  const patch = (path: string, offset: number, bytes: Uint8Array, headers: Record<string, string> = {}) =>
    vault.ask('PATCH', path, bytes, {
      'content-type': partial,
      'upload-offset': String(offset),
      'upload-complete': '?0',
      ...headers,
    });
  const offsetOf = async (path: string): Promise<string | null> =>
    (await vault.ask('HEAD', path)).headers.get('upload-offset');

  it('takes an archive in parts and holds exactly its bytes', async () => {
    const created = await begin({ 'upload-length': String(sealed.length) });
    expect(created.status).toBe(201);
    expect(Object.fromEntries(created.headers)).toMatchObject({
      'upload-offset': '0',
      'upload-complete': '?0',
      'upload-limit': 'max-size=68719476736, max-age=86400',
    });
    const path = created.headers.get('location')!;
    const first = await patch(path, 0, sealed.subarray(0, 1000));
    expect([first.status, first.headers.get('upload-offset')]).toEqual([204, '1000']);
    const head = await vault.ask('HEAD', path);
    expect(head.status).toBe(204);
    expect(Object.fromEntries(head.headers)).toMatchObject({
      'upload-offset': '1000',
      'upload-complete': '?0',
      'upload-length': String(sealed.length),
      'cache-control': 'no-store',
    });
    const last = await patch(path, 1000, sealed.subarray(1000), {
      'upload-complete': '?1',
      'repr-digest': digestHeader(digest),
    });
    expect(last.status).toBe(200);
    expect(last.headers.get('upload-complete')).toBe('?1');
    expect(await last.json()).toMatchObject({ archive_id: 'a', digest, size: sealed.length, duplicate: false });
    const held = new Uint8Array(await (await vault.ask('GET', '/api/v1/archive/a/content')).arrayBuffer());
    expect(held).toEqual(sealed);
    expect(await open(held, { context, keys: clientKeys })).toEqual(content);
    expect(await vault.json('GET', '/api/v1/archive/a/metadata')).toMatchObject({
      session_id: 's-1',
      sealed_by: 'client',
      encrypted: true,
      tags: ['big'],
      metadata: { n: 1 },
    });
    expect((await vault.ask('HEAD', path)).headers.get('upload-complete')).toBe('?1');
    expect(await (await patch(path, sealed.length, new Uint8Array(1))).json()).toMatchObject({
      type: '/problems/completed-upload',
    });
  });

  it('takes everything in one request too', async () => {
    const answer = await begin({ 'upload-complete': '?1', 'repr-digest': digestHeader(digest) }, sealed);
    expect(await answer.json()).toMatchObject({ archive_id: 'a', digest });
  });

  it('tells where to go on when the offset is another', async () => {
    const path = await begun();
    await patch(path, 0, sealed.subarray(0, 10));
    for (const offset of [0, 9, 11]) {
      const answer = await patch(path, offset, sealed.subarray(10, 20));
      expect(answer.status).toBe(409);
      expect(answer.headers.get('upload-offset')).toBe('10');
      expect(await answer.json()).toMatchObject({
        type: '/problems/mismatching-upload-offset',
        'expected-offset': 10,
        'provided-offset': offset,
      });
    }
    expect(await offsetOf(path)).toBe('10');
  });

  it('H5: is the same upload under the same key, and another request under it is refused', async () => {
    const path = await begun({ 'idempotency-key': 'k' });
    await patch(path, 0, sealed.subarray(0, 10));
    vault.clock.advance(1000);
    const again = await begin({ 'idempotency-key': 'k' });
    expect([again.status, again.headers.get('location'), again.headers.get('upload-offset')]).toEqual([
      201,
      path,
      '10',
    ]);
    const other = await begin({ 'idempotency-key': 'k', 'archive-entry': entryHeader({ session_id: 's-2' }) });
    expect(other.status).toBe(422);
    await patch(path, 10, sealed.subarray(10), { 'upload-complete': '?1' });
    const late = await begin({ 'idempotency-key': 'k' });
    expect(late.status).toBe(200);
    expect(await late.json()).toMatchObject({ digest, duplicate: true });
  });

  it('keeps what arrived before the connection broke', async () => {
    const path = await begun();
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent >= 3000) controller.error(new Error('reset'));
        else controller.enqueue(sealed.subarray(sent, (sent += 1000)));
      },
    });
    const headers = { authorization: 'Bearer all', 'content-type': partial, 'upload-complete': '?0' };
    const answer = await vault.server.fetch(
      new Request(`http://vault.test${path}`, {
        method: 'PATCH',
        headers: { ...headers, 'upload-offset': '0' },
        body,
        duplex: 'half',
      } as RequestInit),
    );
    expect(answer.status).toBe(400);
    expect(await offsetOf(path)).toBe('3000');
    const last = await patch(path, 3000, sealed.subarray(3000), {
      'upload-complete': '?1',
      'repr-digest': digestHeader(digest),
    });
    expect(await last.json()).toMatchObject({ digest });
  });

  it('a newer request takes over from one that hangs, and nothing of it is lost', async () => {
    const path = await begun();
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(sealed.subarray(0, 500)) });
    const hanging = vault.server.fetch(
      new Request(`http://vault.test${path}`, {
        method: 'PATCH',
        headers: {
          authorization: 'Bearer all',
          'content-type': partial,
          'upload-complete': '?0',
          'upload-offset': '0',
        },
        body,
        duplex: 'half',
      } as RequestInit),
    );
    // Until the first bytes are taken; the body never ends.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(await offsetOf(path)).toBe('500');
    expect((await hanging).status).toBe(409);
  });

  it('refuses what has another digest or is no sealed archive, and drops the upload', async () => {
    for (const [bytes, headers, type] of [
      [sealed, { 'repr-digest': digestHeader(`sha256:${'0'.repeat(64)}`) }, 'digest-mismatch'],
      [new Uint8Array(300), {}, 'not-sealed'],
      [sealed.subarray(0, 20), {}, 'not-sealed'],
    ] as const) {
      const path = await begun();
      const answer = await patch(path, 0, bytes, { 'upload-complete': '?1', ...headers });
      expect(answer.status).toBe(422);
      expect(await answer.json()).toMatchObject({ type: `/problems/${type}` });
      expect((await vault.ask('HEAD', path)).status).toBe(404);
    }
    expect((await vault.ask('GET', '/api/v1/archive/a')).status).toBe(404);
  });

  it('finds the digest also when another process took in the beginning', async () => {
    const store = memoryArchiveStore();
    vault = testVault({ store });
    const path = await begun();
    await patch(path, 0, sealed.subarray(0, 1234));
    vault = testVault({ store });
    const last = await patch(path, 1234, sealed.subarray(1234), {
      'upload-complete': '?1',
      'repr-digest': digestHeader(digest),
    });
    expect(await last.json()).toMatchObject({ digest });
  });

  it('holds to the announced length and to its limits', async () => {
    vault = testVault({ uploads: { maxBytes: 6000, maxOpen: 2, syncBytes: 100 } });
    expect((await begin({ 'upload-length': '6001' })).status).toBe(413);
    const path = await begun({ 'upload-length': '100' });
    const long = await patch(path, 0, sealed.subarray(0, 101));
    expect(await long.json()).toMatchObject({ status: 400, type: '/problems/inconsistent-upload-length' });
    const short = await patch(path, Number(await offsetOf(path)), sealed.subarray(0, 50), { 'upload-complete': '?1' });
    expect(await short.json()).toMatchObject({ type: '/problems/inconsistent-upload-length' });
    const open2 = await begun();
    expect((await patch(open2, 0, new Uint8Array(6001))).status).toBe(413);
    const third = await begin();
    expect([third.status, third.headers.get('retry-after')]).toEqual([429, '60']);
    expect((await vault.ask('DELETE', open2)).status).toBe(204);
    expect((await begin()).status).toBe(201);
  });

  it('forgets an upload that nobody continues', async () => {
    vault = testVault({ uploads: { expireAfterMs: 1000, maxOpen: 1 } });
    const path = await begun();
    vault.clock.advance(900);
    await patch(path, 0, sealed.subarray(0, 10));
    vault.clock.advance(900);
    expect(await offsetOf(path)).toBe('10');
    vault.clock.advance(101);
    expect((await vault.ask('HEAD', path)).status).toBe(404);
    expect((await begin()).status).toBe(201);
    expect(await (await vault.ask('GET', '/metrics')).text()).toContain('vault_uploads_total{outcome="expired"} 1');
  });

  it('answers with the receipt when the session is archived already, and refuses an id that is taken', async () => {
    const entry = sealedEntry.parse({ id: 'a', sessionId: 's-1', retentionDays: 30, digest });
    const frames = encodeSealedFrames([{ entry, content: sealed }]);
    await vault.ask('POST', '/api/v1/archive', frames, { 'content-type': sealedFramesMediaType });
    const same = await begin();
    expect([same.status, same.headers.get('upload-complete')]).toEqual([200, '?1']);
    expect(await same.json()).toMatchObject({ digest, duplicate: true });
    expect((await begin({ 'archive-entry': entryHeader({ session_id: 's-2' }) })).status).toBe(409);
    await vault.ask('DELETE', '/api/v1/archive/a');
    expect((await begin()).status).toBe(410);
  });

  it('keeps tenants apart and needs the scope to write', async () => {
    const path = await begun();
    const theirs = { authorization: 'Bearer globex' };
    expect((await vault.ask('HEAD', path, undefined, theirs)).status).toBe(404);
    expect((await patch(path, 0, sealed, theirs)).status).toBe(404);
    expect((await vault.ask('DELETE', path, undefined, theirs)).status).toBe(404);
    const reader = { authorization: 'Bearer reader' };
    expect((await begin(reader)).status).toBe(403);
    for (const method of ['HEAD', 'PATCH', 'DELETE'])
      expect((await vault.ask(method, path, undefined, reader)).status).toBe(403);
  });

  it.each([
    [{ 'upload-complete': 'true' }, 400],
    [{ 'archive-entry': 'junk' }, 400],
    [{ 'archive-entry': ':anVuaw==:' }, 400],
    [{ 'archive-entry': entryHeader({ retention_days: 0 }) }, 400],
    [{ 'upload-length': '-1' }, 400],
    [{ 'idempotency-key': 'a b' }, 400],
  ])('refuses to begin with %j', async (headers, status) => {
    const answer = await begin(headers);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  it('refuses to go on without offset, completeness or the media type', async () => {
    const path = await begun();
    expect((await patch(path, 0, sealed, { 'content-type': 'text/plain' })).status).toBe(415);
    const bare = { 'content-type': partial };
    expect((await vault.ask('PATCH', path, sealed, { ...bare, 'upload-offset': '0' })).status).toBe(400);
    expect((await vault.ask('PATCH', path, sealed, { ...bare, 'upload-complete': '?0' })).status).toBe(400);
    expect((await vault.ask('HEAD', `/api/v1/uploads/${randomUUID()}`)).status).toBe(404);
    expect((await vault.ask('GET', path)).status).toBe(405);
  });

  it('gives a large archive only as content', async () => {
    vault = testVault({ limits: { maxBodyBytes: 3000 } });
    const path = await begun();
    await patch(path, 0, sealed, { 'upload-complete': '?1' });
    expect(await (await vault.ask('GET', '/api/v1/archive/a')).json()).toMatchObject({
      type: '/problems/too-large-for-json',
    });
    expect((await vault.ask('GET', '/api/v1/archive/a/content')).status).toBe(200);
  });

  it('tells of uploads in capabilities, metrics and the OpenAPI document', async () => {
    await begun();
    expect(await vault.json('GET', '/api/v1/capabilities')).toMatchObject({
      resumable_uploads: { max_bytes: 68_719_476_736, max_open: 64, expire_after_seconds: 86_400 },
    });
    expect(await (await vault.ask('GET', '/metrics')).text()).toContain('vault_uploads_total{outcome="begun"} 1');
    const { paths } = (await vault.json('GET', '/openapi.json')) as { paths: Record<string, object> };
    expect(Object.keys(paths['/api/v1/uploads/{id}']!)).toEqual(['head', 'patch', 'delete']);
  });

  it.each([
    [{ maxBytes: 0 }, 'uploads.maxBytes must be an integer >= 1, got 0'],
    [{ syncBytes: 1.5 }, 'uploads.syncBytes must be an integer >= 1, got 1.5'],
  ])('refuses the option %j', (uploads, message) => {
    expect(() => testVault({ uploads })).toThrow(message);
  });
});
