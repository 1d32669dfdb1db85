import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { noteService, problemOf } from '../test/note-service.ts';

describe('bodies', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);

  it.each([
    ['not JSON', bytes('{"note_id":')],
    ['empty', bytes('')],
    ['with a byte order mark', bytes('\ufeff{"note_id":"a"}')],
    ['not UTF-8', Uint8Array.from([...bytes('{"note_id":"'), 0xff, ...bytes('"}')])],
    ['nested too deep', bytes(`{"note_id":${'['.repeat(11)}${']'.repeat(11)}}`)],
  ])('%s are malformed', async (_what, body) => {
    const answer = await noteService().post(body);
    expect(answer.status).toBe(400);
    expect((await problemOf(answer))['type']).toBe('/problems/malformed-json');
  });

  it('beyond the limit are refused, with and without a length', async () => {
    const { app, post } = noteService();
    expect((await post('x'.repeat(1001), { 'content-length': '1001' })).status).toBe(413);
    const stream = new Blob(['x'.repeat(5000)]).stream();
    const init = { method: 'POST', body: stream, duplex: 'half', headers: { 'content-type': 'application/json' } };
    expect((await app.request('/notes', init)).status).toBe(413);
  });

  it('are decoded from gzip and zstd, bounded', async () => {
    const { post } = noteService();
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
