import { ArchiveError } from './archive-error.ts';
import { type Compression } from './archive-header.ts';
import { codecs } from './codec.ts';
import { type ZstdDictionary } from './dictionary/zstd-dictionary.ts';

/** Above this, a chunk is stored as it is, so that every honest archive passes the reader's default `maxRatio`. */
export const maxHonestRatio = 1024;

/** A chunk of content, ready to be sealed. */
export interface PackedChunk {
  readonly body: Uint8Array;
  /** The body is the content as it is. */
  readonly stored: boolean;
  readonly contentBytes: number;
}

/** Compresses and expands the chunks of one archive. */
export interface ChunkCodec {
  pack(content: Uint8Array): PackedChunk;
  packAsync(content: Uint8Array): Promise<PackedChunk>;
  /** @throws ArchiveError `bomb` above `maxBytes`, `corrupt` when the body is not what was packed */
  unpack(body: Uint8Array, maxBytes: number): Uint8Array;
}

export function chunkCodec(
  compression: Compression,
  level: number,
  dictionary: ZstdDictionary | undefined,
): ChunkCodec {
  if (compression === 'none') {
    const pack = (content: Uint8Array): PackedChunk => choose(content, content);
    return { pack, packAsync: (content) => Promise.resolve(pack(content)), unpack: refuse };
  }
  const codec = codecs[compression];
  const shared = dictionary?.bytes;
  return {
    pack: (content) => choose(content, codec.compress(content, level, shared)),
    packAsync: async (content) => choose(content, await codec.compressAsync(content, level, shared)),
    unpack(body, maxBytes) {
      try {
        return codec.decompress(body, maxBytes, shared);
      } catch (cause) {
        if (cause instanceof RangeError && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE')
          throw new ArchiveError('bomb', `a chunk expands to more than the ${maxBytes} bytes it may have`);
        throw new ArchiveError('corrupt', 'a chunk does not decompress', { cause });
      }
    },
  };
}

function choose(content: Uint8Array, compressed: Uint8Array): PackedChunk {
  const stored = compressed.length >= content.length || compressed.length * maxHonestRatio < content.length;
  return { body: stored ? content : compressed, stored, contentBytes: content.length };
}

function refuse(): never {
  throw new ArchiveError('corrupt', 'a compressed chunk in an archive without compression');
}
