import { ArchiveError } from './archive-error.ts';
import { type PackedChunk } from './chunk-codec.ts';
import { encodePrefix, uint32 } from './frame.ts';
import { sealIndex } from './payload-index.ts';
import { lastChunk, middleChunk, type Suite } from './suite.ts';

/** The counter in the nonce has 32 bits. */
const maxChunks = 2 ** 32 - 1;

export interface PayloadWriter {
  readonly contentSize: number;
  /** The frame of the next chunk, in pieces; after the last of several also the index. */
  add(chunk: PackedChunk, last: boolean): Uint8Array[];
}

/** Turns packed chunks into frames, in order. */
export function payloadWriter(suite: Suite): PayloadWriter {
  const prefixes: number[] = [];
  let contentSize = 0;
  return {
    get contentSize() {
      return contentSize;
    },
    add({ body, stored, contentBytes }, last) {
      const counter = prefixes.length;
      if (counter >= maxChunks) throw new ArchiveError('invalid_options', `more than ${maxChunks} chunks`);
      const word = encodePrefix({ last, stored, length: body.length + suite.tagBytes });
      const prefix = uint32(word);
      prefixes.push(word);
      contentSize += contentBytes;
      const frame = [prefix, ...suite.seal(last ? lastChunk : middleChunk, counter, prefix, body)];
      return last && counter > 0 ? [...frame, ...sealIndex(suite, { contentSize, prefixes })] : frame;
    },
  };
}
