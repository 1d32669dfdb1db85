import { type Compression } from './archive-header.ts';
import { ArchiveError } from './archive-error.ts';
import { codecs } from './codec.ts';
import { encodePrefix } from './frame.ts';
import { indexFrame, lastChunk, middleChunk, type Suite } from './suite.ts';

/** Above this, a chunk is stored as it is, so that every honest archive passes the reader's default `maxRatio`. */
export const maxHonestRatio = 1024;
const maxChunks = 2 ** 32 - 1;

export interface ChunkSealer {
  /** The frame of the next chunk, in pieces; after the last of several also the index frame. */
  next(content: Uint8Array, last: boolean): Uint8Array[];
}

/** Turns chunks of content into frames, in order. */
export function chunkSealer(suite: Suite, compression: Compression, level: number): ChunkSealer {
  const prefixes: Uint8Array[] = [];
  let contentSize = 0;
  return {
    next(content, last) {
      const counter = prefixes.length;
      if (counter >= maxChunks) throw new ArchiveError('invalid_options', `more than ${maxChunks} chunks`);
      const compressed = compression === 'none' ? content : codecs[compression].compress(content, level);
      const stored = compressed.length >= content.length || compressed.length * maxHonestRatio < content.length;
      const body = stored ? content : compressed;
      const prefix = encodePrefix({ last, stored, length: body.length + suite.tagBytes });
      prefixes.push(prefix);
      contentSize += content.length;
      const frame = [prefix, ...suite.seal(last ? lastChunk : middleChunk, counter, prefix, body)];
      return last && counter > 0 ? [...frame, ...sealIndex(suite, prefixes, contentSize)] : frame;
    },
  };
}

/** The content size and all prefixes, so that a range can be found without reading what lies before it. */
function sealIndex(suite: Suite, prefixes: readonly Uint8Array[], contentSize: number): Uint8Array[] {
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(contentSize));
  const index = Buffer.concat([size, ...prefixes]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(index.length + suite.tagBytes);
  return [length, ...suite.seal(indexFrame, prefixes.length, length, index), length];
}
