import { zstdCompressSync } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { contextDigest } from '../src/archive-context.ts';
import { encodeCore, encodeRecipients } from '../src/archive-header.ts';
import { assembleHeader } from '../src/envelope.ts';
import { encodePrefix, uint32 } from '../src/frame.ts';
import { isArchiveError, open, openChunks, openSync, seal } from '../src/index.ts';
import { sealIndex } from '../src/payload-index.ts';
import { checksumSuite, lastChunk, middleChunk } from '../src/suite.ts';
import { codeOf } from './code-of.ts';
import { collect, pieces } from './pieces.ts';

const context = { tenant: 'acme', sessionId: 's-1', archiveId: 'a-1' };
const chunkBytes = 4096;

interface Frame {
  readonly body: Uint8Array;
  readonly stored?: boolean;
  readonly last?: boolean;
}

interface Forgery {
  readonly frames: readonly Frame[];
  readonly contentSize?: number | undefined;
  readonly compression?: 'none' | 'zstd';
  /** What the index claims; without it none is written. */
  readonly index?: { contentSize: number; prefixes?: number[] };
}

/** What anyone can make who knows the format: an archive without encryption, all of whose checksums are right. */
function forge({ frames, contentSize, compression = 'zstd', index }: Forgery): Uint8Array {
  const salt = new Uint8Array(24);
  const core = encodeCore({
    cipher: 'none',
    compression,
    dictionaryId: undefined,
    contentType: 'application/json',
    contentSize,
    chunkBytes,
    contextDigest: contextDigest(context, salt),
    salt,
  });
  const suite = checksumSuite(core);
  const words: number[] = [];
  const payload = frames.flatMap(({ body, stored = false, last = false }, counter) => {
    const word = encodePrefix({ last, stored, length: body.length + suite.tagBytes });
    words.push(word);
    return [uint32(word), ...suite.seal(last ? lastChunk : middleChunk, counter, uint32(word), body)];
  });
  const tail = index ? sealIndex(suite, { prefixes: words, ...index }) : [];
  return new Uint8Array(Buffer.concat([assembleHeader(core, suite, encodeRecipients([])), ...payload, ...tail]));
}

const zeros = (size: number): Uint8Array => zstdCompressSync(new Uint8Array(size));
const full = { body: new Uint8Array(chunkBytes), stored: true };
const half = { body: new Uint8Array(chunkBytes / 2), stored: true, last: true };
const oneAndAHalf = chunkBytes * 1.5;

describe('bombs', () => {
  it('V7 a chunk that expands beyond the chunk size is a bomb', async () => {
    const bomb = forge({ frames: [{ body: zeros(100_000_000), last: true }], contentSize: 100_000_000 });
    expect(await codeOf(() => open(bomb, { context }))).toBe('bomb');
    expect(await codeOf(() => collect(openChunks(pieces(bomb, 500), { context })))).toBe('bomb');
  });

  it('V7 a chunk that expands beyond `maxRatio` is a bomb, one that stays below is not', async () => {
    const archive = forge({ frames: [{ body: zeros(chunkBytes), last: true }] });
    expect(await codeOf(() => open(archive, { context, maxRatio: 10 }))).toBe('bomb');
    expect(await open(archive, { context })).toEqual(new Uint8Array(chunkBytes));
  });

  it('V7 more content than declared is a bomb, less is corrupt', async () => {
    const frames = [full, half];
    const index = { contentSize: oneAndAHalf };
    expect(await open(forge({ frames, index, contentSize: oneAndAHalf }), { context })).toHaveLength(oneAndAHalf);
    expect(await codeOf(() => open(forge({ frames, index, contentSize: 100 }), { context }))).toBe('bomb');
    expect(await codeOf(() => open(forge({ frames, index, contentSize: 10_000 }), { context }))).toBe('corrupt');
  });

  it('V7 more content than `maxContentBytes` is too_large, declared or not', async () => {
    const frames = [full, half];
    const index = { contentSize: oneAndAHalf };
    const given = { context, maxContentBytes: 5000 };
    expect(await codeOf(() => open(forge({ frames, index }), given))).toBe('too_large');
    expect(await codeOf(() => open(forge({ frames, index, contentSize: oneAndAHalf }), given))).toBe('too_large');
    expect(await codeOf(() => open(forge({ frames: [half], contentSize: 2 ** 52 }), { context }))).toBe('too_large');
  });
});

describe('archives that no honest writer makes', () => {
  it.each<[string, Forgery]>([
    ['an empty chunk after the first', { frames: [full, { body: new Uint8Array(), stored: true, last: true }] }],
    ['a short chunk before the last', { frames: [{ ...half, last: false }, half] }],
    ['a compressed chunk without compression', { frames: [{ body: zeros(10), last: true }], compression: 'none' }],
    ['a body that is not zstd', { frames: [{ body: new Uint8Array(50).fill(1), last: true }] }],
    // Node.js 22 takes what there is of it without complaint: there, the declared size tells.
    [
      'a body that ends inside zstd',
      { frames: [{ body: zeros(4000).subarray(0, -3), last: true }], contentSize: 4000 },
    ],
    ['a stored chunk above the chunk size', { frames: [{ body: new Uint8Array(5000), stored: true, last: true }] }],
    ['an index of another size', { frames: [full, half], index: { contentSize: 1 } }],
    ['an index of other frames', { frames: [full, half], index: { contentSize: oneAndAHalf, prefixes: [1, 2] } }],
    ['an index of more frames', { frames: [full, half], index: { contentSize: oneAndAHalf, prefixes: [1, 2, 3] } }],
    ['an index after a single chunk', { frames: [half], index: { contentSize: chunkBytes / 2 } }],
  ])('V2 %s is corrupt', async (_name, forgery) => {
    expect(['corrupt', 'truncated']).toContain(await codeOf(() => open(forge(forgery), { context })));
    expect(['corrupt', 'truncated']).toContain(
      await codeOf(() => collect(openChunks(pieces(forge(forgery), 700), { context }))),
    );
  });

  it('V2 V7 any forged frames give an ArchiveError or no more than was allowed', () => {
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 6000 }),
      fc.nat({ max: 20_000 }).map(zeros),
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.concat([zeros(3000), bytes])),
    );
    const frame = fc.record({ body, stored: fc.boolean(), last: fc.boolean() });
    const forgery = fc.record({
      frames: fc.array(frame, { minLength: 1, maxLength: 4 }),
      contentSize: fc.option(fc.nat({ max: 20_000 }), { nil: undefined }),
      compression: fc.constantFrom('none' as const, 'zstd' as const),
    });
    fc.assert(
      fc.property(forgery, (given) => {
        try {
          expect(openSync(forge(given), { context, maxContentBytes: 10_000 }).length).toBeLessThanOrEqual(10_000);
        } catch (error) {
          if (!isArchiveError(error)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});

it('V7 the ratio of honest archives stays below the limit of readers, even for content of one repeated byte', async () => {
  for (const size of [100, 100_000, 2 ** 20, 3 * 2 ** 20]) {
    const content = new Uint8Array(size).fill(0x20);
    const { bytes } = await seal(content, { context });
    expect(Buffer.compare(await open(bytes, { context }), content)).toBe(0);
  }
});
