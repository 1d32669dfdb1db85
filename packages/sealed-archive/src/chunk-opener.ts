import { ArchiveError } from './archive-error.ts';
import { type ParsedHeader } from './archive-header.ts';
import { codecs, expandChunk } from './codec.ts';
import { type FramePrefix, prefixBytes } from './frame.ts';
import { lastChunk, middleChunk, type Suite } from './suite.ts';

/** Turns one frame back into a chunk of content, wherever in the archive it stands. */
export type ChunkOpener = (
  counter: number,
  prefix: FramePrefix,
  prefixed: Uint8Array,
  sealed: Uint8Array,
) => Uint8Array;

export function chunkOpener(header: ParsedHeader, suite: Suite, maxRatio: number): ChunkOpener {
  const { chunkBytes, compression } = header;
  return (counter, prefix, prefixed, sealed) => {
    const body = suite.open(prefix.last ? lastChunk : middleChunk, counter, prefixed, sealed);
    const content = prefix.stored ? body : decompress(body);
    const complete = prefix.last ? content.length > 0 || counter === 0 : content.length === chunkBytes;
    if (!complete || content.length > chunkBytes)
      throw new ArchiveError('corrupt', `chunk ${counter} has ${content.length} bytes of content`);
    return content;
  };

  function decompress(body: Uint8Array): Uint8Array {
    if (compression === 'none') throw new ArchiveError('corrupt', 'a compressed chunk in an uncompressed archive');
    const frameBytes = prefixBytes + suite.tagBytes + body.length;
    return expandChunk(codecs[compression], body, Math.floor(Math.min(chunkBytes, frameBytes * maxRatio)));
  }
}
