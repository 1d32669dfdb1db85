import { ArchiveError } from './archive-error.ts';

export interface ByteReader {
  readonly offset: number;
  uint8(): number;
  uint16(): number;
  uint64(): bigint;
  take(length: number): Uint8Array;
  text(length: number): string;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads big-endian fields one after the other; reading past the end is `truncated`. */
export function byteReader(bytes: Uint8Array): ByteReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  const advance = (length: number): number => {
    if (offset + length > bytes.length) throw new ArchiveError('truncated', 'the bytes end inside the archive header');
    const at = offset;
    offset += length;
    return at;
  };
  const take = (length: number): Uint8Array => {
    const at = advance(length);
    return bytes.subarray(at, at + length);
  };
  return {
    get offset() {
      return offset;
    },
    uint8: () => view.getUint8(advance(1)),
    uint16: () => view.getUint16(advance(2)),
    uint64: () => view.getBigUint64(advance(8)),
    take,
    text: (length) => {
      try {
        return utf8.decode(take(length));
      } catch (cause) {
        if (cause instanceof ArchiveError) throw cause;
        throw new ArchiveError('corrupt', 'a text in the archive header is not UTF-8');
      }
    },
  };
}
