import { describe, expect, it } from 'vitest';
import { noteService, problemOf } from '../../test/note-service.ts';

describe('idempotency keys', () => {
  it('give the first answer again and refuse another request', async () => {
    const { post, made, clock } = noteService();
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
    const { post, made } = noteService();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post('{"note_id":"a"}', { 'idempotency-key': 'k' })),
    );
    expect(new Set(await Promise.all(answers.map((answer) => answer.text())))).toEqual(
      new Set(['{"note_id":"a","size":1}']),
    );
    expect(made()).toBe(1);
  });

  it('do not remember a refusal', async () => {
    const { post } = noteService();
    expect((await post('{"note_id":"refused"}', { 'idempotency-key': 'k' })).status).toBe(409);
    expect((await post('{"note_id":"a"}', { 'idempotency-key': 'k' })).status).toBe(201);
    expect((await post('{"note_id":"a"}', { 'idempotency-key': 'é' })).status).toBe(400);
  });
});
