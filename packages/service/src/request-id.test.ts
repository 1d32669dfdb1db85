import { describe, expect, it } from 'vitest';
import { noteService } from '../test/note-service.ts';

describe('request ids', () => {
  it('are taken over when sane and made otherwise', async () => {
    const { app } = noteService();
    const ask = async (id: string) =>
      (await app.request('/health', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await ask('abc-1')).toBe('abc-1');
    expect(await ask('a b')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await ask('x'.repeat(129))).toMatch(/^[0-9a-f-]{36}$/);
  });
});
