import { describe, expect, it } from 'vitest';
import { noteService } from '../test/note-service.ts';

describe('paths', () => {
  it.each(['/notes/%2e%2e', '/notes/a%00b', '/notes/a%2Fb', '/notes/%zz', '/notes/a%5Cb', '/notes/%ff', '/notes/%20a'])(
    'that smuggle are refused: %s',
    async (path) => {
      const { app } = noteService();
      // Under node-server the target is seen as it came over the wire; a URL would have resolved it already.
      const answer = await app.request(path, {}, { incoming: { url: path } });
      expect(answer.status).toBe(400);
    },
  );

  it('keep odd but harmless ids', async () => {
    const answer = await noteService().app.request('/notes/a%20b:%C3%A9');
    expect(await answer.json()).toBe('a b:é');
  });
});
