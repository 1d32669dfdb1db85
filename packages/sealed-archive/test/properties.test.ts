import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  digestOf,
  generateKey,
  inspect,
  isArchiveError,
  json,
  jsonText,
  localKeyRing,
  msgpack,
  openSync,
  openValue,
  sealSync,
  sealValue,
} from '../src/index.ts';

const keys = localKeyRing({ keys: { k: generateKey() }, primary: 'k' });
const context = { tenant: 'acme', sessionId: 's-1', archiveId: 'a-1' };
const id = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });
const contexts = fc.record({ tenant: id, sessionId: id, archiveId: id });

/** Bytes with the repetition that real content has, of a few chunks at most. */
const contents = fc
  .array(fc.tuple(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 120 })), { maxLength: 6 })
  .map(
    (parts) => new Uint8Array(Buffer.concat(parts.flatMap(([bytes, times]) => Array<Uint8Array>(times).fill(bytes)))),
  );

const options = fc.record({
  compression: fc.constantFrom('none', 'zstd', 'gzip', 'brotli'),
  chunkBytes: fc.constantFrom(4096, 8192, 2 ** 20),
  encrypted: fc.boolean(),
});

describe('any content', () => {
  it('V1 opens to the same bytes, whatever the context, compression, chunk size and cipher', () => {
    fc.assert(
      fc.property(contents, contexts, options, (content, where, { encrypted, ...rest }) => {
        const given = { context: where, ...(encrypted && { keys }) };
        const sealed = sealSync(content, { ...given, ...rest });
        expect(Buffer.compare(openSync(sealed.bytes, given), content)).toBe(0);
        expect(sealed.digest).toBe(digestOf(sealed.bytes));
        expect(inspect(sealed.bytes).contentSize).toBe(content.length);
      }),
      { numRuns: 300 },
    );
  });

  it('V4 opens in no other context', () => {
    fc.assert(
      fc.property(contexts, contexts, (where, other) => {
        fc.pre(JSON.stringify(where) !== JSON.stringify(other));
        const { bytes } = sealSync(new Uint8Array(3), { context: where, keys });
        expect(codeOf(() => openSync(bytes, { context: other, keys }))).toBe('context_mismatch');
      }),
    );
  });
});

describe('any JSON value', () => {
  it('V1 comes back as JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const { bytes } = await sealValue(value, json, { context, keys });
        expect(JSON.stringify(await openValue(bytes, json, { context, keys }))).toBe(JSON.stringify(value));
      }),
    );
  });

  it('V1 comes back as text, byte for byte, numbers too long for a double included', async () => {
    const number = fc.stringMatching(/^-?[1-9][0-9]{0,30}\.[0-9]{1,5}$/);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(number, fc.json())), async (parts) => {
        const text = `[${parts.join(', ')}]`;
        const { bytes } = await sealValue(text, jsonText, { context, keys });
        expect(await openValue(bytes, jsonText, { context, keys })).toBe(text);
      }),
    );
  });

  it('V1 comes back as MessagePack', async () => {
    const value = fc.jsonValue().filter((candidate) => !JSON.stringify(candidate).includes('"__proto__"'));
    await fc.assert(
      fc.asyncProperty(value, async (candidate) => {
        const { bytes } = await sealValue(candidate, msgpack, { context, keys });
        const opened = await openValue(bytes, msgpack, { context, keys });
        expect(JSON.stringify(opened)).toBe(JSON.stringify(candidate));
      }),
    );
  });
});

describe('any bytes', () => {
  it('V2 random bytes are an ArchiveError, never another error and never data', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        codeOf(() => openSync(bytes, { context }));
        codeOf(() => openSync(bytes, { context, keys }));
        codeOf(() => inspect(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it('V2 random bytes after an honest beginning are an ArchiveError', () => {
    const honest = [true, false].map((encrypted) => {
      const given = { context, ...(encrypted && { keys }) };
      return { given, bytes: sealSync(new Uint8Array(5000).fill(7), { ...given, chunkBytes: 4096 }).bytes };
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...honest),
        fc.nat(),
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        (archive, at, tail) => {
          const bytes = Buffer.concat([archive.bytes.subarray(0, at % archive.bytes.length), tail]);
          fc.pre(!bytes.equals(archive.bytes));
          codeOf(() => openSync(bytes, archive.given));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('V2 several bytes overwritten anywhere are an ArchiveError', () => {
    const { bytes } = sealSync(new Uint8Array(9000).fill(7), { context, keys, chunkBytes: 4096 });
    const edits = fc.array(fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(edits, (list) => {
        const changed = Uint8Array.from(bytes);
        for (const [at, byte] of list) changed[at] = byte;
        fc.pre(Buffer.compare(changed, bytes) !== 0);
        codeOf(() => openSync(changed, { context, keys }));
      }),
      { numRuns: 2000 },
    );
  });
});

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isArchiveError(error)) return error.code;
    throw new Error('not an ArchiveError', { cause: error });
  }
  throw new Error('no error');
}
