import { ArchiveError } from './archive-error.ts';
import { prefixBytes, readUint32, uint32 } from './frame.ts';
import { indexFrame, type Suite } from './suite.ts';

/*
 * After the chunks of an archive with more than one: length 4 | sealed index | length 4. The index is the content size
 * in 8 bytes and the 4-byte prefixes of all chunks, so that a range can be found without reading what lies before it.
 */

/** What an archive of several chunks is made of. */
export interface PayloadIndex {
  readonly contentSize: number;
  /** The frame prefixes in order. */
  readonly prefixes: readonly number[];
}

export function sealIndex(suite: Suite, { contentSize, prefixes }: PayloadIndex): Uint8Array[] {
  const index = Buffer.alloc(8 + 4 * prefixes.length);
  index.writeBigUInt64BE(BigInt(contentSize));
  prefixes.forEach((prefix, at) => index.writeUInt32BE(prefix, 8 + 4 * at));
  const length = uint32(index.length + suite.tagBytes);
  return [length, ...suite.seal(indexFrame, prefixes.length, length, index), length];
}

/** Bytes of the whole index frame over `count` chunks, both lengths included. */
export function indexFrameBytes(suite: Suite, count: number): number {
  return prefixBytes + 8 + 4 * count + suite.tagBytes + prefixBytes;
}

/** The number of chunks that an index frame of this length is over, if there is any. */
export function chunksInIndexFrame(suite: Suite, frameBytes: number): number | undefined {
  const count = (frameBytes - indexFrameBytes(suite, 0)) / 4;
  return Number.isInteger(count) && count >= 2 ? count : undefined;
}

/** @throws ArchiveError `corrupt` */
export function openIndex(suite: Suite, count: number, frame: Uint8Array): PayloadIndex {
  const length = frame.length - 2 * prefixBytes;
  if (readUint32(frame, 0) !== length || readUint32(frame, frame.length - prefixBytes) !== length)
    throw new ArchiveError('corrupt', 'the index has the wrong length');
  const index = suite.open(
    indexFrame,
    count,
    frame.subarray(0, prefixBytes),
    frame.subarray(prefixBytes, -prefixBytes),
  );
  const contentSize = index.readBigUInt64BE(0);
  if (contentSize > BigInt(Number.MAX_SAFE_INTEGER)) throw new ArchiveError('corrupt', 'the index is out of range');
  const prefixes = Array.from({ length: count }, (_, at) => index.readUInt32BE(8 + 4 * at));
  return { contentSize: Number(contentSize), prefixes };
}
