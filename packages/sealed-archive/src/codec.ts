import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';

import { type Compression } from './archive-header.ts';
import { ArchiveError } from './archive-error.ts';

/** One compression, on whole chunks. */
export interface Codec {
  readonly minLevel: number;
  readonly maxLevel: number;
  readonly defaultLevel: number;
  compress(chunk: Uint8Array, level: number): Uint8Array;
  /** @throws RangeError with code `ERR_BUFFER_TOO_LARGE` above `maxBytes`, or whatever zlib throws for malformed input */
  decompress(body: Uint8Array, maxBytes: number): Buffer;
}

/**
 * The synchronous calls: for documents of a few KiB the thread pool costs about four times the CPU. `chunkSize` is the
 * size of zlib's output buffer; fitted to the chunk, the result needs no concatenation.
 */
export const codecs: Readonly<Record<Exclude<Compression, 'none'>, Codec>> = {
  zstd: {
    minLevel: 1,
    maxLevel: 22,
    defaultLevel: 3,
    compress: (chunk, level) =>
      zstdCompressSync(chunk, {
        params: { [constants.ZSTD_c_compressionLevel]: level },
        chunkSize: room(chunk.length),
      }),
    decompress: (body, maxBytes) => zstdDecompressSync(body, { maxOutputLength: maxBytes, chunkSize: room(maxBytes) }),
  },
  gzip: {
    minLevel: 1,
    maxLevel: 9,
    defaultLevel: 6,
    compress: (chunk, level) => gzipSync(chunk, { level, chunkSize: room(chunk.length) }),
    decompress: (body, maxBytes) => gunzipSync(body, { maxOutputLength: maxBytes, chunkSize: room(maxBytes) }),
  },
  brotli: {
    minLevel: 0,
    maxLevel: 11,
    defaultLevel: 5,
    compress: (chunk, level) =>
      brotliCompressSync(chunk, {
        params: { [constants.BROTLI_PARAM_QUALITY]: level, [constants.BROTLI_PARAM_SIZE_HINT]: chunk.length },
        chunkSize: room(chunk.length),
      }),
    decompress: (body, maxBytes) =>
      brotliDecompressSync(body, { maxOutputLength: maxBytes, chunkSize: room(maxBytes) }),
  },
};

function room(bytes: number): number {
  return Math.max(1024, bytes + 64);
}

/**
 * Decompresses one chunk to at most `maxBytes`.
 *
 * @throws ArchiveError `bomb` above that, `corrupt` when the body is not what the codec wrote
 */
export function expandChunk(codec: Codec, body: Uint8Array, maxBytes: number): Buffer {
  try {
    return codec.decompress(body, maxBytes);
  } catch (cause) {
    if (cause instanceof RangeError && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE')
      throw new ArchiveError('bomb', `a chunk expands to more than the ${maxBytes} bytes it may have`);
    throw new ArchiveError('corrupt', 'a chunk does not decompress', { cause });
  }
}
