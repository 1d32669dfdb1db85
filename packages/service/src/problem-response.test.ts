import { describe, expect, it } from 'vitest';
import { noteService, problemOf } from '../test/note-service.ts';

describe('errors', () => {
  it('name the wrong fields by wire pointers', async () => {
    const answer = await noteService().post('{"note_id":7,"size":1.5}');
    expect(answer.status).toBe(400);
    expect(await problemOf(answer)).toMatchObject({
      type: '/problems/validation',
      title: 'Validation',
      instance: '/notes',
      errors: [{ pointer: '/note_id' }, { pointer: '/size' }],
    });
  });

  it.each(['GET', 'PUT'])('of ours are a 500 without details, logged by request id (%s)', async (method) => {
    const { app, logged } = noteService();
    const answer = await app.request('/broken', { method, headers: { 'x-request-id': 'r-1' } });
    expect(answer.status).toBe(500);
    expect(JSON.stringify(await problemOf(answer))).not.toMatch(/secret|note/i);
    expect(logged).toMatchObject([{ request_id: 'r-1' }]);
  });

  it('cover unknown paths, methods and media types', async () => {
    const { app, post } = noteService();
    expect((await problemOf(await app.request('/nothing')))['status']).toBe(404);
    const wrongMethod = await app.request('/notes/1', { method: 'DELETE' });
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await post('{}', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post('{}', { 'content-type': 'application/json; charset=latin1' })).status).toBe(415);
    expect((await app.request('/notes/1', { headers: { accept: 'text/html, image/*' } })).status).toBe(406);
    expect((await app.request('/notes/1', { headers: { accept: 'text/html, application/*;q=0.1' } })).status).toBe(200);
  });
});
