import { ArchiveError } from './archive-error.ts';
import { type ParsedHeader } from './archive-header.ts';
import { type ChunkCodec } from './chunk-codec.ts';
import { decodePrefix, type FramePrefix, prefixBytes, readUint32 } from './frame.ts';
import { lastChunk, middleChunk, type Suite } from './suite.ts';

/** Opens the frames of one archive, wherever they stand. */
export interface FrameOpener {
  /** @throws ArchiveError `corrupt` when the prefix is none that the format allows */
  prefix(word: number): FramePrefix;
  /** The content of chunk `counter`, from its whole frame. */
  chunk(counter: number, frame: Uint8Array): Uint8Array;
}

export function frameOpener(header: ParsedHeader, suite: Suite, codec: ChunkCodec, maxRatio: number): FrameOpener {
  const { chunkBytes } = header;
  const prefix = (word: number): FramePrefix => {
    const decoded = decodePrefix(word);
    // An honest writer stores what does not shrink, so no sealed body is larger than a stored chunk.
    if (decoded.length < suite.tagBytes || decoded.length > chunkBytes + suite.tagBytes)
      throw new ArchiveError('corrupt', `a frame of ${decoded.length} bytes is out of range`);
    return decoded;
  };
  return {
    prefix,
    chunk(counter, frame) {
      const { last, stored } = prefix(readUint32(frame, 0));
      const kind = last ? lastChunk : middleChunk;
      const body = suite.open(kind, counter, frame.subarray(0, prefixBytes), frame.subarray(prefixBytes));
      const maxBytes = Math.floor(Math.min(chunkBytes, frame.length * maxRatio));
      const content = stored ? body : codec.unpack(body, maxBytes);
      const complete = last ? content.length > 0 || counter === 0 : content.length === chunkBytes;
      if (!complete) throw new ArchiveError('corrupt', `chunk ${counter} has ${content.length} bytes of content`);
      return content;
    },
  };
}
