import { ArchiveError } from './archive-error.ts';
import { concat } from './concat.ts';

/** Cuts a stream of byte pieces of any size into pieces of asked sizes. */
export interface ByteQueue {
  /** Exactly `length` bytes, or fewer when the stream ends before. */
  take(length: number): Promise<Uint8Array>;
  /** Like {@link take}, but the bytes are given again by the next call. */
  peek(length: number): Promise<Uint8Array>;
}

export function byteQueue(source: AsyncIterator<Uint8Array>): ByteQueue {
  let pieces: Uint8Array[] = [];
  let queued = 0;
  const fill = async (length: number): Promise<void> => {
    while (queued < length) {
      const next = await source.next();
      if (next.done === true) return;
      // An untyped caller may write text into the stream.
      if (!(next.value instanceof Uint8Array))
        throw new ArchiveError('invalid_options', 'the stream must consist of Uint8Array');
      // A copy: the source may fill the same buffer again while these bytes still wait here.
      pieces.push(new Uint8Array(next.value));
      queued += next.value.length;
    }
  };
  const peek = async (length: number): Promise<Uint8Array> => {
    await fill(length);
    const [first] = pieces;
    if (first && first.length >= length) return first.subarray(0, length);
    const all = concat(pieces);
    pieces = [all];
    return all.subarray(0, length);
  };
  return {
    peek,
    async take(length) {
      const bytes = await peek(length);
      const [first = bytes, ...rest] = pieces;
      const left = first.subarray(bytes.length);
      pieces = left.length > 0 ? [left, ...rest] : rest;
      queued -= bytes.length;
      return bytes;
    },
  };
}
