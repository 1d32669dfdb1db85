import { ArchiveError, isArchiveError } from './archive-error.ts';
import { type ArchiveHeader, maxHeaderBytes, type ParsedHeader, parseHeader, publicHeader } from './archive-header.ts';
import { concat } from './concat.ts';
import { type FrameOpener } from './frame-opener.ts';
import { endsEarly, prefixBytes, readUint32 } from './frame.ts';
import { type OpenOptions, resolveOpenOptions } from './open-options.ts';
import { beginOpening, startFrames } from './opening.ts';
import { chunksInIndexFrame, openIndex, type PayloadIndex } from './payload-index.ts';
import { checkDeclared, checkSize } from './payload-reader.ts';
import { type Suite } from './suite.ts';

/** Sealed bytes that can be read from anywhere: a file, an object in a store. */
export interface RandomAccessSource {
  /** Bytes in all. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`; never asked for bytes outside `size`. */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
}

/** An archive of which any range can be opened. */
export interface ArchiveReader {
  readonly header: ArchiveHeader;
  /** Bytes of content. */
  readonly contentSize: number;
  /**
   * The content from `start` up to, not including, `end`; both are cut at the content's end.
   *
   * @throws ArchiveError `invalid_options` unless 0 <= start <= end, `corrupt` when a chunk of the range was changed
   */
  read(start?: number, end?: number): Promise<Uint8Array>;
  /** The same, at most one chunk at a time. */
  stream(start?: number, end?: number): AsyncGenerator<Uint8Array, void, void>;
}

/**
 * Opens an archive for reading ranges. Reads the header and the index at its end, then only the chunks that are asked
 * for. What is given out is proven; chunks that are never read are not.
 *
 * @throws ArchiveError any code
 *
 * @example
 * ```ts
 * const archive = await openRandomAccess({ size: bytes.length, read: (at, n) => bytes.subarray(at, at + n) }, { context, keys });
 * const firstKiB = await archive.read(0, 1024);
 * ```
 */
export async function openRandomAccess(source: RandomAccessSource, options: OpenOptions): Promise<ArchiveReader> {
  const resolved = resolveOpenOptions(options, Number.POSITIVE_INFINITY);
  const header = await readHeader(source);
  const { suite, opener } = startFrames(header, resolved, await beginOpening(header, resolved));
  const { contentSize, prefixes } = await readIndex(source, header, suite, opener);
  checkSize(contentSize, resolved.maxContentBytes);
  checkDeclared(contentSize, header.contentSize, true);
  const offsets = offsetsOf(header.headerBytes, prefixes, opener);
  const { chunkBytes } = header;

  async function* stream(start = 0, end = contentSize): AsyncGenerator<Uint8Array, void, void> {
    if (!(Number.isSafeInteger(start) && start >= 0 && end >= start))
      throw new ArchiveError('invalid_options', `a range must have 0 <= start <= end, got ${start} to ${end}`);
    const stop = Math.min(end, contentSize);
    for (let at = start; at < stop;) {
      const counter = Math.floor(at / chunkBytes);
      const from = offsets[counter] ?? 0;
      const frame = await readExactly(source, from, (offsets[counter + 1] ?? from) - from);
      if (readUint32(frame, 0) !== prefixes[counter])
        throw new ArchiveError('corrupt', `chunk ${counter} is not the one in the index`);
      const chunkStart = counter * chunkBytes;
      const chunk = opener.chunk(counter, frame).subarray(at - chunkStart, stop - chunkStart);
      if (chunk.length === 0) throw new ArchiveError('corrupt', `chunk ${counter} is shorter than the index says`);
      yield chunk;
      at += chunk.length;
    }
  }

  return {
    header: publicHeader(header),
    contentSize,
    stream,
    async read(start, end) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of stream(start, end)) chunks.push(chunk);
      return concat(chunks);
    },
  };
}

async function readHeader(source: RandomAccessSource): Promise<ParsedHeader> {
  for (let length = 1024; ; length *= 4) {
    const bytes = await readExactly(source, 0, Math.min(length, source.size));
    try {
      return parseHeader(bytes);
    } catch (error) {
      const more = length < source.size && length < maxHeaderBytes;
      if (!(more && isArchiveError(error) && error.code === 'truncated')) throw error;
    }
  }
}

/** The index; an archive of one chunk has none, and its only chunk is opened to know its size. */
async function readIndex(
  source: RandomAccessSource,
  { headerBytes, chunkBytes }: ParsedHeader,
  suite: Suite,
  opener: FrameOpener,
): Promise<PayloadIndex> {
  const firstWord = readUint32(await readExactly(source, headerBytes, prefixBytes), 0);
  const first = opener.prefix(firstWord);
  if (first.last) {
    if (headerBytes + prefixBytes + first.length !== source.size) throw endsEarly();
    const frame = await readExactly(source, headerBytes, prefixBytes + first.length);
    return { contentSize: opener.chunk(0, frame).length, prefixes: [firstWord] };
  }
  const length = readUint32(await readExactly(source, source.size - prefixBytes, prefixBytes), 0);
  const frameBytes = length + 2 * prefixBytes;
  const count = chunksInIndexFrame(suite, frameBytes);
  const start = source.size - frameBytes;
  // A forged length must not make us read the whole archive as an index.
  if (count === undefined || start < headerBytes + count * (prefixBytes + suite.tagBytes)) throw endsEarly();
  const index = openIndex(suite, count, await readExactly(source, start, frameBytes));
  if (
    offsetsOf(headerBytes, index.prefixes, opener).at(-1) !== start ||
    Math.ceil(index.contentSize / chunkBytes) !== count
  )
    throw new ArchiveError('corrupt', 'the index does not describe this archive');
  return index;
}

/** Where each frame starts, and where the last one ends. */
function offsetsOf(start: number, prefixes: readonly number[], opener: FrameOpener): number[] {
  const offsets = [start];
  let offset = start;
  for (const prefix of prefixes) offsets.push((offset += prefixBytes + opener.prefix(prefix).length));
  return offsets;
}

async function readExactly(source: RandomAccessSource, offset: number, length: number): Promise<Uint8Array> {
  if (offset < 0 || offset + length > source.size) throw endsEarly();
  const bytes = await source.read(offset, length);
  if (bytes.length !== length) throw endsEarly();
  return bytes;
}
