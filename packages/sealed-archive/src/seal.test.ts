import { randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { generateKey, inspect, isArchiveError, localKeyRing, open, openSync, rewrap, seal, sealSync } from './index.ts';

const context = { tenant: 'acme', sessionId: 's-1', archiveId: 'a-1' };
const ring = (name = 'k1') => localKeyRing({ keys: { [name]: generateKey() }, primary: name });
const codeOf = async (run: () => unknown): Promise<unknown> => {
  try {
    await run();
  } catch (error) {
    return isArchiveError(error) ? error.code : error;
  }
  return 'no error';
};

describe('seal and open', () => {
  it.each([0, 1, 100, 4095, 4096, 4097, 8192, 20_000])(
    'V1 gives back %i bytes, with and without keys',
    async (size) => {
      const keys = ring();
      const content = new Uint8Array(randomBytes(size));
      for (const compression of ['none', 'zstd', 'gzip', 'brotli'] as const) {
        const encrypted = await seal(content, { context, keys, compression, chunkBytes: 4096 });
        expect(await open(encrypted.bytes, { context, keys })).toEqual(content);
        const plain = sealSync(content, { context, compression, chunkBytes: 4096 });
        expect(openSync(plain.bytes, { context })).toEqual(content);
        expect(inspect(encrypted.bytes)).toMatchObject({ contentSize: size, compression, keyIds: ['k1'] });
      }
    },
  );

  it('V2 finds every flipped byte', async () => {
    const keys = localKeyRing({ keys: { a: generateKey(), b: generateKey() }, primary: 'a', recipients: ['a', 'b'] });
    const content = new Uint8Array(randomBytes(9000));
    const { bytes } = await seal(content, { context, keys, chunkBytes: 4096 });
    for (let at = 0; at < bytes.length; at++) {
      const changed = Uint8Array.from(bytes);
      changed[at]! ^= 1 << (at % 8);
      expect(await codeOf(() => open(changed, { context, keys })), `byte ${at}`).toMatch(/^[a-z_]+$/);
    }
  });

  it('V3 rewraps without touching the content', async () => {
    const keys = ring('old');
    const content = new Uint8Array(randomBytes(100));
    const sealed = await seal(content, { context, keys });
    const next = keys.rotate('new', generateKey());
    const again = await rewrap(sealed.bytes, { context, from: keys, to: next });
    expect(again.keyIds).toEqual(['new']);
    expect(await open(again.bytes, { context, keys: next.retire('old') })).toEqual(content);
    expect(await codeOf(() => open(again.bytes, { context, keys }))).toBe('unknown_key');
  });
});
