import { randomBytes } from 'node:crypto';

import { expect, it } from 'vitest';

import { codeOf } from '../test/code-of.ts';
import { type SealOptions } from './seal-options.ts';
import { digestOf, generateKey, inspect, localKeyRing, open, openSync, seal, sealSync } from './index.ts';

const context = { tenant: 'acme', sessionId: 's-1', archiveId: 'a-1' };
const keys = localKeyRing({ keys: { k1: generateKey() }, primary: 'k1' });

it.each([0, 1, 100, 4095, 4096, 4097, 8192, 20_000])('V1 gives back %i bytes, with and without keys', async (size) => {
  const content = new Uint8Array(randomBytes(size));
  for (const compression of ['none', 'zstd', 'gzip', 'brotli'] as const) {
    const encrypted = await seal(content, { context, keys, compression, chunkBytes: 4096 });
    expect(await open(encrypted.bytes, { context, keys })).toEqual(content);
    const plain = sealSync(content, { context, compression, chunkBytes: 4096 });
    expect(openSync(plain.bytes, { context })).toEqual(content);
    expect(inspect(encrypted.bytes)).toMatchObject({ contentSize: size, compression, keyIds: ['k1'] });
  }
});

it('V1 passes the chunk size of the default, and a little more', async () => {
  for (const size of [2 ** 20, 2 ** 20 + 1]) {
    const content = new Uint8Array(size).map((_, at) => (at * at) >> 7);
    expect(Buffer.compare(await open((await seal(content, { context, keys })).bytes, { context, keys }), content)).toBe(
      0,
    );
  }
});

it('gives what a receipt must say', async () => {
  const content = new TextEncoder().encode('{}');
  const sealed = await seal(content, { context, keys, contentType: 'application/json' });
  expect(sealed).toMatchObject({
    digest: digestOf(sealed.bytes),
    size: sealed.bytes.length,
    contentSize: 2,
    keyIds: ['k1'],
  });
  expect(inspect(sealed.bytes)).toMatchObject({ version: 1, cipher: 'aes-256-gcm', contentType: 'application/json' });
  expect(inspect(sealSync(content, { context }).bytes)).toMatchObject({ cipher: 'none', keyIds: [] });
});

it('gives bytes that own their buffer, so that a worker can transfer them', () => {
  const { bytes } = sealSync(new Uint8Array(10), { context, keys });
  expect(bytes.buffer.byteLength).toBe(bytes.length);
  const content = openSync(bytes, { context, keys });
  expect(content.buffer.byteLength).toBe(content.length);
});

it.each<[string, Partial<Record<keyof SealOptions, unknown>>, RegExp]>([
  ['level', { level: 23 }, /`level` must be an integer from 1 to 22 for zstd, got 23/],
  ['level of gzip', { compression: 'gzip', level: 0 }, /`level` must be an integer from 1 to 9/],
  ['level without compression', { compression: 'none', level: 1 }, /`level` needs a `compression`/],
  ['compression', { compression: 'lzma' }, /`compression` must be none, zstd, gzip or brotli, got lzma/],
  ['compression of the prototype', { compression: 'toString' }, /`compression` must be/],
  ['chunkBytes', { chunkBytes: 5000 }, /`chunkBytes` must be a power of two from 4096 to 16777216, got 5000/],
  ['contentType', { contentType: 'a\nb/c' }, /`contentType` must be a media type/],
  ['dictionary', { compression: 'gzip', dictionary: 'structural' }, /`dictionary` needs compression zstd/],
  ['context', { context: { ...context, tenant: '' } }, /`context.tenant` must be a well-formed string/],
  ['context with a lone surrogate', { context: { ...context, sessionId: '\ud800' } }, /`context.sessionId`/],
])('fails before any work, naming the %s', async (_name, options, message) => {
  const merged = { context, keys, ...options } as SealOptions;
  expect(() => sealSync(new Uint8Array(), merged)).toThrow(message);
  expect(await codeOf(() => seal(new Uint8Array(), merged))).toBe('invalid_options');
});

it('refuses content that is not bytes', async () => {
  expect(await codeOf(() => seal('text' as never, { context }))).toBe('invalid_options');
  expect(await codeOf(() => open('text' as never, { context }))).toBe('invalid_options');
});
