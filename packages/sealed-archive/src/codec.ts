import { promisify } from 'node:util';
import {
  brotliCompress,
  brotliCompressSync,
  brotliDecompressSync,
  type BrotliOptions,
  constants,
  gunzipSync,
  gzip,
  gzipSync,
  zstdCompress,
  zstdCompressSync,
  zstdDecompressSync,
  type ZlibOptions,
  type ZstdOptions,
} from 'node:zlib';

import { type Compression } from './archive-header.ts';

/** One compression, on whole chunks. */
export interface Codec {
  readonly minLevel: number;
  readonly maxLevel: number;
  readonly defaultLevel: number;
  compress(chunk: Uint8Array, level: number, dictionary?: Uint8Array): Uint8Array;
  /** In the thread pool: for chunks large enough to hold up the event loop. */
  compressAsync(chunk: Uint8Array, level: number, dictionary?: Uint8Array): Promise<Uint8Array>;
  /** @throws RangeError with code `ERR_BUFFER_TOO_LARGE` above `maxBytes`, or whatever zlib throws for malformed input */
  decompress(body: Uint8Array, maxBytes: number, dictionary?: Uint8Array): Buffer;
}

const zstdAsync = promisify<Uint8Array, ZstdOptions, Uint8Array>(zstdCompress);
const gzipAsync = promisify<Uint8Array, ZlibOptions, Uint8Array>(gzip);
const brotliAsync = promisify<Uint8Array, BrotliOptions, Uint8Array>(brotliCompress);

export const codecs: Readonly<Record<Exclude<Compression, 'none'>, Codec>> = {
  zstd: {
    minLevel: 1,
    maxLevel: 22,
    defaultLevel: 3,
    compress: (chunk, level, dictionary) => zstdCompressSync(chunk, zstdOptions(chunk, level, dictionary)),
    compressAsync: (chunk, level, dictionary) => zstdAsync(chunk, zstdOptions(chunk, level, dictionary)),
    decompress: (body, maxBytes, dictionary) =>
      zstdDecompressSync(body, { ...bounded(maxBytes), ...(dictionary && { dictionary }) }),
  },
  gzip: {
    minLevel: 1,
    maxLevel: 9,
    defaultLevel: 6,
    compress: (chunk, level) => gzipSync(chunk, { level, chunkSize: room(chunk.length) }),
    compressAsync: (chunk, level) => gzipAsync(chunk, { level, chunkSize: room(chunk.length) }),
    decompress: (body, maxBytes) => gunzipSync(body, bounded(maxBytes)),
  },
  brotli: {
    minLevel: 0,
    maxLevel: 11,
    defaultLevel: 5,
    compress: (chunk, level) => brotliCompressSync(chunk, brotliOptions(chunk, level)),
    compressAsync: (chunk, level) => brotliAsync(chunk, brotliOptions(chunk, level)),
    decompress: (body, maxBytes) => brotliDecompressSync(body, bounded(maxBytes)),
  },
};

function zstdOptions(chunk: Uint8Array, level: number, dictionary: Uint8Array | undefined): ZstdOptions {
  const params = { [constants.ZSTD_c_compressionLevel]: level };
  return { params, chunkSize: room(chunk.length), ...(dictionary && { dictionary }) };
}

function brotliOptions(chunk: Uint8Array, level: number): BrotliOptions {
  const params = { [constants.BROTLI_PARAM_QUALITY]: level, [constants.BROTLI_PARAM_SIZE_HINT]: chunk.length };
  return { params, chunkSize: room(chunk.length) };
}

function bounded(maxBytes: number): { maxOutputLength: number; chunkSize: number } {
  return { maxOutputLength: maxBytes, chunkSize: room(maxBytes) };
}

/** The size of zlib's output buffer: fitted to the chunk, the result needs no concatenation. */
function room(bytes: number): number {
  return Math.max(1024, bytes + 64);
}
