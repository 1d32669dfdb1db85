import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { noteService, problemOf } from '../test/note-service.ts';

describe('keys', () => {
  const hash = createHash('sha256').update('hashed').digest('hex');
  const keys = [{ secret: 'full' }, { hash, tenant: 'b', scopes: ['notes:read'] }];

  it('are asked for everywhere but on open paths', async () => {
    const { app } = noteService(keys);
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
    const answer = await noteService(keys).post('{"note_id":"a"}', { authorization: 'Bearer hashed' });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      403,
      'Bearer error="insufficient_scope", scope="notes:write"',
    ]);
  });

  it('that are unusable fail at construction without being shown', () => {
    expect(() => noteService([{ secret: 'a b' }])).toThrow('keys[0].secret must be a bearer token');
    expect(() => noteService([{ secret: 'a' }, { hash: 'zz' }])).toThrow('keys[1].hash must be 64 hex digits');
    expect(() => noteService([{}])).toThrow('keys[0] needs either secret or hash');
  });
});
