import { beforeEach, describe, expect, it } from 'vitest';

import { entry, testVault, type TestVault } from './test-vault.ts';

describe('GET /api/v1/archive/{id}/content', () => {
  let vault: TestVault;
  let whole: Uint8Array;
  let digest: string;

  const get = (headers: Record<string, string>): Promise<Response> =>
    vault.ask('GET', '/api/v1/archive/a/content', undefined, headers);
  const bytesOf = async (answer: Response): Promise<Uint8Array> => new Uint8Array(await answer.arrayBuffer());

  beforeEach(async () => {
    vault = testVault();
    ({ digest } = (await vault.json('POST', '/api/v1/archive', entry({ id: 'a' }))) as { digest: string });
    whole = await bytesOf(await get({}));
  });

  it('names its digest', async () => {
    const { headers } = await get({ accept: 'application/octet-stream' });
    const base64 = Buffer.from(digest.slice(7), 'hex').toString('base64');
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': String(whole.length),
      'repr-digest': `sha-256=:${base64}:`,
      'accept-ranges': 'bytes',
      etag: `"${digest}"`,
    });
    expect((await get({ 'if-none-match': `W/"other", "${digest}"` })).status).toBe(304);
    expect((await get({ accept: 'text/html' })).status).toBe(406);
  });

  it.each([
    ['bytes=0-9', 0, 10],
    ['bytes=5-', 5, undefined],
    ['bytes=-7', -7, undefined],
    ['bytes=3-999999', 3, undefined],
    ['bytes=-999999', 0, undefined],
  ])('serves the range %s', async (range, start, end) => {
    const answer = await get({ range });
    expect(answer.status).toBe(206);
    const bytes = await bytesOf(answer);
    expect(bytes).toEqual(whole.slice(start, end));
    const first = start < 0 ? whole.length + start : start;
    expect(answer.headers.get('content-range')).toBe(`bytes ${first}-${first + bytes.length - 1}/${whole.length}`);
  });

  it.each(['bytes=0-1,3-4', 'lines=1-2', 'bytes=-', 'bytes=9-3'])('ignores the range %s', async (range) => {
    const answer = await get({ range });
    expect(answer.status).toBe(200);
    expect(await bytesOf(answer)).toEqual(whole);
  });

  it.each(['bytes=999999-', 'bytes=-0'])('refuses the range %s, which holds nothing', async (range) => {
    const answer = await get({ range });
    expect(answer.status).toBe(416);
    expect(answer.headers.get('content-range')).toBe(`bytes */${whole.length}`);
  });

  it('heeds If-Range', async () => {
    expect((await get({ range: 'bytes=0-0', 'if-range': `"${digest}"` })).status).toBe(206);
    expect((await get({ range: 'bytes=0-0', 'if-range': '"other"' })).status).toBe(200);
  });
});
