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

export function encodePrefix({ last, stored, length }: FramePrefix): Buffer {
  const bytes = Buffer.alloc(prefixBytes);
  bytes.writeUInt32BE(((last ? lastBit : 0) | (stored ? storedBit : 0) | length) >>> 0);
  return bytes;
}

/** @throws ArchiveError `truncated` or, when the length is outside what the format allows, `corrupt` */
export function decodePrefix(bytes: Uint8Array, offset: number, minLength: number, maxLength: number): FramePrefix {
  if (offset + prefixBytes > bytes.length) throw endsEarly();
  const word = new DataView(bytes.buffer, bytes.byteOffset + offset, prefixBytes).getUint32(0);
  const length = word & lengthMask;
  if (length < minLength || length > maxLength)
    throw new ArchiveError('corrupt', `a frame of ${length} bytes is out of range`);
  return { last: (word & lastBit) !== 0, stored: (word & storedBit) !== 0, length };
}

export function endsEarly(): ArchiveError {
  return new ArchiveError('truncated', 'the bytes end before the archive does');
}
