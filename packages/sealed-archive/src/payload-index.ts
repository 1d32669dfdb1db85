import { ArchiveError } from './archive-error.ts';
import { type Suite, indexFrame } from './suite.ts';

export interface PayloadIndex {
  readonly contentSize: number;
  /** The frame prefixes, 4 bytes each, as they stand in the payload. */
  readonly prefixes: Uint8Array;
}

/** Opens the index frame that follows `count` chunks. */
export function openIndex(suite: Suite, count: number, length: Uint8Array, sealed: Uint8Array): PayloadIndex {
  const index = suite.open(indexFrame, count, length, sealed);
  if (index.length !== indexBytes(count)) throw new ArchiveError('corrupt', 'the index has the wrong length');
  const contentSize = index.readBigUInt64BE(0);
  if (contentSize > BigInt(Number.MAX_SAFE_INTEGER)) throw new ArchiveError('corrupt', 'the index is out of range');
  return { contentSize: Number(contentSize), prefixes: index.subarray(8) };
}

/** Bytes of an index over `count` chunks, before sealing. */
export function indexBytes(count: number): number {
  return 8 + 4 * count;
}
