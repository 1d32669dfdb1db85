import { createHash, type Hash } from 'node:crypto';
import { type ReadableStream, type WritableStream } from 'node:stream/web';

import { ArchiveError } from './archive-error.ts';
import { encodeRecipients } from './archive-header.ts';
import { byteQueue } from './byte-queue.ts';
import { chunkCodec } from './chunk-codec.ts';
import { newDataKey, newEnvelope } from './envelope.ts';
import { payloadWriter } from './payload-writer.ts';
import { type SealedArchive } from './seal.ts';
import { type ResolvedSealOptions, resolveSealOptions, type SealOptions } from './seal-options.ts';
import { streamPair } from './web-streams.ts';

/** How to seal a stream. */
export interface SealStreamOptions extends SealOptions {
  /**
   * Bytes of content, if known: it then stands in the header, and a stream of another length is an error.
   *
   * @default undefined: the header does not tell, the end of the archive does
   */
  readonly contentSize?: number;
}

/** What a receipt for a sealed stream must say. */
export type SealReceipt = Omit<SealedArchive, 'bytes' | 'contentSize'> & { readonly contentSize: number };

/** Content in, sealed bytes out. */
export interface SealedStream {
  readonly writable: WritableStream<Uint8Array>;
  readonly readable: ReadableStream<Uint8Array>;
  /** Known once the last byte was read; rejects when sealing fails or is given up. */
  readonly receipt: Promise<SealReceipt>;
}

/**
 * Seals content of any length while holding a few chunks of it.
 *
 * @returns an iterator over sealed bytes, whose return value is the receipt
 * @throws ArchiveError `invalid_options` at once, `key_unavailable` at the first `next()`
 *
 * @example
 * ```ts
 * await pipeline(sealChunks(createReadStream('session.json'), { context, keys }), createWriteStream('session.sealed'));
 * ```
 */
export function sealChunks(
  source: AsyncIterable<Uint8Array>,
  options: SealStreamOptions,
): AsyncGenerator<Uint8Array, SealReceipt, void> {
  const { contentSize } = options;
  if (contentSize !== undefined && !(Number.isSafeInteger(contentSize) && contentSize >= 0))
    throw new ArchiveError('invalid_options', `\`contentSize\` must be an integer >= 0, got ${contentSize}`);
  return run(source, resolveSealOptions(options), contentSize);
}

/**
 * {@link sealChunks} as a pair of web streams, for `pipeThrough`.
 *
 * @example
 * ```ts
 * const sealing = sealedStream({ context, keys });
 * await response.body.pipeThrough(sealing).pipeTo(destination);
 * const { digest } = await sealing.receipt;
 * ```
 */
export function sealedStream(options: SealStreamOptions): SealedStream {
  const { writable, readable, result } = streamPair((content) => sealChunks(content, options));
  return { writable, readable, receipt: result };
}

async function* run(
  source: AsyncIterable<Uint8Array>,
  options: ResolvedSealOptions,
  declared: number | undefined,
): AsyncGenerator<Uint8Array, SealReceipt, void> {
  const content = source[Symbol.asyncIterator]();
  try {
    const { dataKey, wrapped } = newDataKey(options);
    const keys = await wrapped;
    const { header, suite } = newEnvelope(options, declared, dataKey, encodeRecipients(keys));
    const counted = counter();
    const queue = byteQueue(content);
    const codec = chunkCodec(options.compression, options.level, options.dictionary);
    const writer = payloadWriter(suite);
    yield counted.pass(header);
    for (let last = false; !last;) {
      // The chunk is compressed in the thread pool while the next bytes arrive, which tell whether it is the last one.
      const chunk = await queue.take(options.chunkBytes);
      const [packed, following] = await Promise.all([codec.packAsync(chunk), queue.peek(1)]);
      last = following.length === 0;
      const frame = writer.add(packed, last);
      checkSize(writer.contentSize, declared, last);
      for (const piece of frame) yield counted.pass(piece);
    }
    return { ...counted.receipt(), contentSize: writer.contentSize, keyIds: keys.map(({ keyId }) => keyId) };
  } finally {
    await content.return?.();
  }
}

function checkSize(contentSize: number, declared: number | undefined, complete: boolean): void {
  if (declared === undefined || (complete ? contentSize === declared : contentSize <= declared)) return;
  throw new ArchiveError('invalid_options', `the stream is not of the ${declared} bytes that \`contentSize\` says`);
}

function counter(): { pass(bytes: Uint8Array): Uint8Array; receipt(): { digest: string; size: number } } {
  const hash: Hash = createHash('sha256');
  let size = 0;
  return {
    pass(bytes) {
      hash.update(bytes);
      size += bytes.length;
      return bytes;
    },
    receipt: () => ({ digest: `sha256:${hash.digest('hex')}`, size }),
  };
}
