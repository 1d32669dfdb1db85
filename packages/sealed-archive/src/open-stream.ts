import { type ReadableStream, type WritableStream } from 'node:stream/web';

import { ArchiveError, isArchiveError } from './archive-error.ts';
import { maxHeaderBytes, type ParsedHeader, parseHeader } from './archive-header.ts';
import { type ByteQueue, byteQueue } from './byte-queue.ts';
import { endsEarly, prefixBytes } from './frame.ts';
import { type OpenOptions, type ResolvedOpenOptions, resolveOpenOptions } from './open-options.ts';
import { beginOpening, startPayload } from './opening.ts';
import { streamPair } from './web-streams.ts';

/**
 * Opens a sealed stream of any length while holding a few chunks of it. Every chunk is proven before it is given out;
 * only the end of the iteration proves that nothing is missing, so undo what was done with the chunks if it throws.
 *
 * @throws ArchiveError `invalid_options` at once, any other while iterating
 *
 * @example
 * ```ts
 * await pipeline(openChunks(createReadStream('session.sealed'), { context, keys }), createWriteStream('session.json'));
 * ```
 */
export function openChunks(
  source: AsyncIterable<Uint8Array>,
  options: OpenOptions,
): AsyncGenerator<Uint8Array, void, void> {
  return run(source, resolveOpenOptions(options, Number.POSITIVE_INFINITY));
}

/**
 * {@link openChunks} as a pair of web streams, for `pipeThrough`.
 *
 * @example
 * ```ts
 * await response.body.pipeThrough(openStream({ context, keys })).pipeTo(destination);
 * ```
 */
export function openStream(options: OpenOptions): {
  readonly writable: WritableStream<Uint8Array>;
  readonly readable: ReadableStream<Uint8Array>;
} {
  const { writable, readable } = streamPair((sealed) => openChunks(sealed, options));
  return { writable, readable };
}

async function* run(
  source: AsyncIterable<Uint8Array>,
  options: ResolvedOpenOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const sealed = source[Symbol.asyncIterator]();
  try {
    const queue = byteQueue(sealed);
    const take = async (length: number): Promise<Uint8Array> => {
      const bytes = await queue.take(length);
      if (bytes.length < length) throw endsEarly();
      return bytes;
    };
    const header = await takeHeader(queue);
    const reader = startPayload(header, options, await beginOpening(header, options));
    while (!reader.done) {
      const prefix = await queue.peek(prefixBytes);
      if (prefix.length < prefixBytes) throw endsEarly();
      const chunk = reader.chunk(await take(reader.frameBytes(prefix)));
      if (chunk.length > 0) yield chunk;
    }
    reader.finish(await take(reader.indexBytes));
    if ((await queue.peek(1)).length > 0) throw new ArchiveError('corrupt', 'bytes follow the end of the archive');
  } finally {
    await sealed.return?.();
  }
}

/** The length of a header is only known by reading it: try with more bytes until it is whole. */
async function takeHeader(queue: ByteQueue): Promise<ParsedHeader> {
  for (let length = 1024; ; length *= 4) {
    const bytes = await queue.peek(length);
    try {
      const header = parseHeader(new Uint8Array(bytes));
      await queue.take(header.headerBytes);
      return header;
    } catch (error) {
      const more = bytes.length === length && length < maxHeaderBytes;
      if (!(more && isArchiveError(error) && error.code === 'truncated')) throw error;
    }
  }
}
