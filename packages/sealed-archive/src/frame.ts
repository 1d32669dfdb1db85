import { ArchiveError } from './archive-error.ts';

/*
 * The payload is a sequence of frames: a 32-bit prefix, then the sealed body. The prefix is associated data of its
 * frame, so no bit of it can change unnoticed.
 */
const lastBit = 0x8000_0000;
const storedBit = 0x4000_0000;
const lengthMask = 0x3fff_ffff;

export const prefixBytes = 4;

export interface FramePrefix {
  /** No chunk follows. */
  readonly last: boolean;
  /** The body is content as it is, not compressed. */
  readonly stored: boolean;
  /** Bytes of the sealed body that follows. */
  readonly length: number;
}

export function encodePrefix({ last, stored, length }: FramePrefix): number {
  return ((last ? lastBit : 0) | (stored ? storedBit : 0) | length) >>> 0;
}

export function decodePrefix(word: number): FramePrefix {
  return { last: (word & lastBit) !== 0, stored: (word & storedBit) !== 0, length: word & lengthMask };
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function readUint32(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + offset, 4).getUint32(0);
}

export function endsEarly(): ArchiveError {
  return new ArchiveError('truncated', 'the bytes end before the archive does');
}
