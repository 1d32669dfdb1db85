import fc from 'fast-check';
import { gzipSync, zstdCompressSync } from 'node:zlib';

/** Names that services know and names that trip programs. */
const names = [
  '__proto__',
  'constructor',
  'toString',
  '',
  'a/b',
  '..',
  '%2e%2e',
  '%00',
  'a\u0000b',
  '\u{1f600}',
  ' x ',
];

export const oddText = fc.oneof(
  fc.constantFrom(...names, 'x'.repeat(300), '\ud800', "' OR 1=1 --", '${7*7}', '\u202egnp'),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

/** JSON text of every type and of none. */
export const oddJson = fc.oneof(
  fc.constantFrom('null', 'true', '{}', '[]', '[{}]', '{"a":1,"a":2}', '"active"', '"\\ud800"', '"\\u0000"', ''),
  fc.constantFrom('0', '-1', '-0.0', '1.5', '1e400', '9007199254740993', '9223372036854775807', '9223372036854775808'),
  fc.constantFrom('1'.repeat(400), '1e-400', 'NaN', 'Infinity', '0x10', '01', '+1'),
  fc.constantFrom('"2026-01-01T00:00:00.123456789Z"', '"9999-12-31T23:59:59-23:59"', '"0000-01-01T00:00:00+23:59"'),
  fc.constantFrom('"2026-13-01T00:00:00Z"', '"+275760-09-13T00:00:00Z"', '"2026-01-01"'),
  oddText.map((text) => JSON.stringify(text)),
  fc.json({ maxDepth: 4 }),
);

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const megabytes = Buffer.alloc(8 * 2 ** 20, 0x20);
const bombs = { gzip: gzipSync(megabytes), zstd: zstdCompressSync(Buffer.alloc(256 * 2 ** 20)) };

/** A body with the headers that go with it. */
export interface Body {
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** Bodies that are not JSON at all, too deep, cut short, bombs, or of another type than they say. */
export const hostileBody: fc.Arbitrary<Body> = fc.oneof(
  fc.integer({ min: 1, max: 50_000 }).map((depth) => ({ bytes: utf8('['.repeat(depth)), headers: {} })),
  fc.integer({ min: 1, max: 600 }).map((depth) => ({
    bytes: utf8(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
    headers: {},
  })),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => ({ bytes, headers: {} })),
  fc.constantFrom([0xff, 0xfe], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf, 0x7b, 0x7d], []).map((bytes) => ({
    bytes: Uint8Array.from(bytes),
    headers: {},
  })),
  fc.constantFrom('gzip', 'zstd', 'br', 'gzip, gzip', 'identity').chain((encoding) =>
    fc.constantFrom(bombs.gzip, bombs.zstd, bombs.gzip.subarray(0, 100), utf8('{}')).map((bytes) => ({
      bytes: new Uint8Array(bytes),
      headers: { 'content-encoding': encoding },
    })),
  ),
  fc
    .constantFrom(
      'text/plain',
      'application/json; charset=utf-16',
      'application/partial-upload',
      'application/vnd.llm-memory-graph.sealed-frames',
      'multipart/form-data; boundary=x',
    )
    .chain((type) => fc.uint8Array({ maxLength: 100 }).map((bytes) => ({ bytes, headers: { 'content-type': type } }))),
);

export const oddHeaders = fc.dictionary(
  fc.constantFrom(
    ...['accept', 'idempotency-key', 'if-none-match', 'x-request-id', 'range', 'content-length', 'upload-offset'],
    ...['upload-complete', 'upload-length', 'x-encryption-enabled', 'x-forwarded-for', 'host', 'cookie'],
  ),
  fc.oneof(
    fc.constantFrom('*/*', 'k', '"k"', '*', 'bytes=0-', 'bytes=9-1', 'bytes=0-0,2-2', '?0', '?1', '-1', '1e9', 'maybe'),
    fc.constantFrom('9'.repeat(30), 'a'.repeat(5_000), 'true', 'false'),
    fc.string({ unit: 'grapheme-ascii', maxLength: 300 }).map((text) => text.replace(/[^\x21-\x7e]/g, '')),
  ),
  { maxKeys: 3 },
);
