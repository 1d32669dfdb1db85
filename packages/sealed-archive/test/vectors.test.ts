import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { structuralText } from '../src/dictionary/structural-1.ts';
import { type ArchiveContext, digestOf, inspect, localKeyRing, open } from '../src/index.ts';
import { codeOf } from './code-of.ts';
import { decode } from './independent-decoder.ts';

interface Vectors<T> {
  readonly keys: Record<string, string>;
  readonly vectors: readonly (T & { name: string; context: ArchiveContext; sealed: string })[];
}

const read = (name: string): string => readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8');
const valid = JSON.parse(read('valid.json')) as Vectors<{
  header: object;
  content: string;
  digest: string;
  dataKey?: string;
  derived?: object;
}>;
const invalid = JSON.parse(read('invalid.json')) as Vectors<{ code: string }>;
const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
const rawKeys = Object.fromEntries(Object.entries(valid.keys).map(([id, hex]) => [id, Buffer.from(hex, 'hex')]));
const keys = localKeyRing({ keys: rawKeys, primary: 'key-2026' });
const dictionary = Buffer.from(read('structural-1.txt'));

describe.each(valid.vectors)('valid: $name', ({ context, header, content, digest, sealed, dataKey, derived }) => {
  const given = { context, ...(dataKey !== undefined && { keys }) };

  it('V1 opens to its content', async () => {
    expect(inspect(bytes(sealed))).toEqual(header);
    expect(digestOf(bytes(sealed))).toBe(digest);
    expect(await open(bytes(sealed), given)).toEqual(bytes(content));
  });

  it('V1 opens by a decoder that was written from docs/format.md alone', () => {
    const decoded = decode(bytes(sealed), context, rawKeys, dictionary);
    expect(decoded.content.toString('base64')).toBe(content);
    expect(decoded.dataKey?.toString('hex')).toBe(dataKey);
    expect(decoded.derived).toEqual(derived);
  });
});

describe.each(invalid.vectors)('invalid: $name', ({ context, sealed, code }) => {
  it(`V2 is ${code}`, async () => {
    expect(await codeOf(() => open(bytes(sealed), { context, keys }))).toBe(code);
  });
});

it('the dictionary that ships is the file of the format', () => {
  expect(structuralText).toBe(dictionary.toString('utf8'));
  expect(dictionary.length).toBeLessThanOrEqual(10 * 1024);
  expect(readFileSync(new URL('../../../docs/format.md', import.meta.url), 'utf8')).toContain(
    digestOf(dictionary).slice('sha256:'.length, 'sha256:'.length + 16),
  );
});
