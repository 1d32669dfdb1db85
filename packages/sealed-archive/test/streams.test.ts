import { randomBytes } from 'node:crypto';
import { mkdtemp, open as openFile, readFile, rm, writeFile } from 'node:fs/promises';
import { createReadStream, createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Readable, Writable } from 'node:stream';
import { ReadableStream, type WritableStream } from 'node:stream/web';

import { describe, expect, it } from 'vitest';

import {
  digestOf,
  generateKey,
  inspect,
  localKeyRing,
  open,
  openChunks,
  openStream,
  type RandomAccessSource,
  openRandomAccess,
  sealChunks,
  sealedStream,
  sealSync,
} from '../src/index.ts';
import { codeOf } from './code-of.ts';
import { collect, pieces } from './pieces.ts';

const context = { tenant: 'acme', sessionId: 's-1', archiveId: 'a-1' };
const keys = localKeyRing({ keys: { k: generateKey() }, primary: 'k' });
const options = { context, keys, chunkBytes: 4096 };

const readFrom = (path: string): ReadableStream<Uint8Array> =>
  Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
const writeTo = (path: string): WritableStream<Uint8Array> =>
  Writable.toWeb(createWriteStream(path)) as WritableStream<Uint8Array>;

describe('streams', () => {
  it.each([0, 1, 4095, 4096, 4097, 8192, 50_000])('V1 %i bytes pass in pieces of any size', async (size) => {
    const content = new Uint8Array(randomBytes(size));
    for (const pieceSize of [1000, 4096, 60_000]) {
      const sealed = await collect(sealChunks(pieces(content, pieceSize), options));
      expect(await open(sealed, { context, keys })).toEqual(content);
      expect(await collect(openChunks(pieces(sealed, pieceSize), { context, keys }))).toEqual(content);
    }
  });

  it('V1 a stream opens what was sealed in one call, and pieces of one byte', async () => {
    const content = new Uint8Array(randomBytes(5000));
    const { bytes } = sealSync(content, options);
    expect(await collect(openChunks(pieces(bytes, 1), { context, keys }))).toEqual(content);
  });

  it('keeps what it was given, though the source fills one buffer again and again', async () => {
    async function* reusing(): AsyncGenerator<Uint8Array, void, void> {
      const buffer = new Uint8Array(3000);
      for (let round = 1; round <= 5; round++) yield buffer.fill(round);
    }
    const opened = await open(await collect(sealChunks(reusing(), options)), { context, keys });
    expect([...new Set(opened)]).toEqual([1, 2, 3, 4, 5]);
  });

  it('passes files through web and node streams, and gives the receipt of what it wrote', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sealed-archive-'));
    try {
      const [plain, sealed, opened] = ['plain', 'sealed', 'opened'].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ];
      const content = randomBytes(300_000);
      await writeFile(plain, content);
      const sealing = sealedStream({ ...options, contentSize: content.length });
      await readFrom(plain).pipeThrough(sealing).pipeTo(writeTo(sealed));
      const bytes = await readFile(sealed);
      expect(await sealing.receipt).toEqual({
        digest: digestOf(bytes),
        size: bytes.length,
        contentSize: content.length,
        keyIds: ['k'],
      });
      expect(inspect(bytes).contentSize).toBe(content.length);
      await pipeline(
        createReadStream(sealed),
        (bytes) => openChunks(bytes, { context, keys }),
        createWriteStream(opened),
      );
      expect(Buffer.compare(await readFile(opened), content)).toBe(0);
      await readFrom(sealed).pipeThrough(openStream({ context, keys })).pipeTo(writeTo(opened));
      expect(Buffer.compare(await readFile(opened), content)).toBe(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('says nothing about the size in the header when nobody declared it', async () => {
    const sealed = await collect(sealChunks(pieces(new Uint8Array(10), 3), options));
    expect(inspect(sealed).contentSize).toBeUndefined();
  });

  it('refuses a stream that is not of the declared size', async () => {
    for (const size of [9, 11, 9000])
      expect(
        await codeOf(() => collect(sealChunks(pieces(new Uint8Array(size), 100), { ...options, contentSize: 10 }))),
      ).toBe('invalid_options');
    expect(await codeOf(() => sealChunks(pieces(new Uint8Array(), 1), { ...options, contentSize: -1 }))).toBe(
      'invalid_options',
    );
  });

  it('gives the failure of the source as it is, and closes the source', async () => {
    let closed = false;
    async function* failing(): AsyncGenerator<Uint8Array, void, void> {
      try {
        yield new Uint8Array(10);
        throw new Error('disk on fire');
      } finally {
        closed = true;
      }
    }
    await expect(collect(sealChunks(failing(), options))).rejects.toThrow('disk on fire');
    expect(closed).toBe(true);
  });

  it('closes the source when the reader gives up', async () => {
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array, void, void> {
      try {
        for (;;) yield new Uint8Array(randomBytes(5000));
      } finally {
        closed = true;
      }
    }
    for await (const bytes of sealChunks(endless(), options)) if (bytes.length > 4000) break;
    expect(closed).toBe(true);
  });

  it.each([0, 1, 3])('frees the writer and settles the receipt when cancelled after %i reads', async (reads) => {
    const sealing = sealedStream(options);
    const writer = sealing.writable.getWriter();
    const written = writer.write(new Uint8Array(10_000));
    const reader = sealing.readable.getReader();
    for (let read = 0; read < reads; read++) await reader.read();
    await reader.cancel('enough');
    await Promise.allSettled([written]);
    await expect(writer.write(new Uint8Array(1))).rejects.toBe('enough');
    expect(await codeOf(() => sealing.receipt)).toBe('truncated');
  });

  it('gives the reason when the writer aborts', async () => {
    const sealing = sealedStream(options);
    const read = collect(sealing.readable);
    await sealing.writable.abort(new Error('gone'));
    await expect(read).rejects.toThrow('gone');
    await expect(sealing.receipt).rejects.toThrow('gone');
  });

  it('refuses text in a stream', async () => {
    const source = ReadableStream.from(['text']) as unknown as AsyncIterable<Uint8Array>;
    expect(await codeOf(() => collect(sealChunks(source, options)))).toBe('invalid_options');
  });

  it('V2 gives out nothing of a chunk that was changed', async () => {
    const content = new Uint8Array(randomBytes(10_000));
    const { bytes } = sealSync(content, options);
    bytes[inspect(bytes).headerBytes + 4116 + 100]! ^= 1;
    const seen: Uint8Array[] = [];
    const drain = async (): Promise<void> => {
      for await (const chunk of openChunks(pieces(bytes, 999), { context, keys })) seen.push(chunk);
    };
    expect(await codeOf(drain)).toBe('corrupt');
    expect(Buffer.concat(seen)).toEqual(Buffer.from(content.subarray(0, 4096)));
  });
});

describe('ranges', () => {
  const content = new Uint8Array(randomBytes(8 * 4096 + 123));
  const { bytes } = sealSync(content, { ...options, compression: 'none' });
  const source = (sealed: Uint8Array, reads: number[] = []): RandomAccessSource => ({
    size: sealed.length,
    read(offset, length) {
      reads.push(length);
      return sealed.subarray(offset, offset + length);
    },
  });

  it('V1 gives every range, cut at the end', async () => {
    const archive = await openRandomAccess(source(bytes), { context, keys });
    expect(archive.contentSize).toBe(content.length);
    const marks = [0, 1, 4095, 4096, 4097, 20_000, content.length - 1, content.length, content.length + 5];
    for (const start of marks)
      for (const end of marks.filter((mark) => mark >= start))
        expect(await archive.read(start, end), `${start}-${end}`).toEqual(content.slice(start, end));
    expect(await archive.read()).toEqual(content);
    expect(await archive.read(30_000)).toEqual(content.slice(30_000));
  });

  it('reads only header, index and the chunks of the range', async () => {
    const reads: number[] = [];
    const archive = await openRandomAccess(source(bytes, reads), { context, keys });
    const before = reads.length;
    await archive.read(9000, 9010);
    expect(reads.slice(before)).toEqual([4 + 4096 + 16]);
    expect(reads.slice(0, before).reduce((sum, length) => sum + length, 0)).toBeLessThan(2000);
  });

  it('opens ranges of archives of one chunk, of streams, and without encryption', async () => {
    const small = sealSync(content.slice(0, 50), { context }).bytes;
    expect(await (await openRandomAccess(source(small), { context })).read(10, 20)).toEqual(content.slice(10, 20));
    const streamed = await collect(sealChunks(pieces(content, 5000), { ...options, compression: 'gzip' }));
    const archive = await openRandomAccess(source(streamed), { context, keys });
    expect(await archive.read(5000, 15_000)).toEqual(content.slice(5000, 15_000));
    const empty = await openRandomAccess(source(sealSync(new Uint8Array(), options).bytes), { context, keys });
    expect(await empty.read()).toEqual(new Uint8Array());
  });

  it('reads from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sealed-archive-'));
    const path = join(folder, 'sealed');
    await writeFile(path, bytes);
    const file = await openFile(path);
    try {
      const read = async (position: number, length: number): Promise<Uint8Array> =>
        (await file.read({ buffer: new Uint8Array(length), position })).buffer;
      const archive = await openRandomAccess({ size: bytes.length, read }, { context, keys });
      expect(await archive.read(4000, 9000)).toEqual(content.slice(4000, 9000));
    } finally {
      await file.close();
      await rm(folder, { recursive: true });
    }
  });

  it('V2 finds what was changed in header, index or the chunks read', async () => {
    for (let at = 0; at < bytes.length; at += 97) {
      const changed = Uint8Array.from(bytes);
      changed[at]! ^= 1 << (at % 8);
      await codeOf(async () => (await openRandomAccess(source(changed), { context, keys })).read());
    }
    for (let at = bytes.length - 80; at < bytes.length; at++) {
      const changed = Uint8Array.from(bytes);
      changed[at]! ^= 1 << (at % 8);
      await codeOf(async () => (await openRandomAccess(source(changed), { context, keys })).read());
    }
  });

  it('refuses ranges that are none, and sources that give too little', async () => {
    const archive = await openRandomAccess(source(bytes), { context, keys });
    expect(await codeOf(() => archive.read(5, 4))).toBe('invalid_options');
    expect(await codeOf(() => archive.read(-1))).toBe('invalid_options');
    expect(await codeOf(() => archive.read(Number.NaN))).toBe('invalid_options');
    const short = { size: bytes.length, read: () => bytes.subarray(0, 10) };
    expect(await codeOf(() => openRandomAccess(short, { context, keys }))).toBe('truncated');
    expect(await codeOf(() => openRandomAccess(source(bytes), { context, keys, maxContentBytes: 100 }))).toBe(
      'too_large',
    );
  });
});
