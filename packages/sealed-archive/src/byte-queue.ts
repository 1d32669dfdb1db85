import { ArchiveError } from './archive-error.ts';

/** Cuts a stream of byte pieces of any size into pieces of asked sizes. */
export interface ByteQueue {
  /** Exactly `length` bytes, or fewer when the stream ends before. */
  take(length: number): Promise<Uint8Array>;
  /** Like {@link take}, but the bytes are given again by the next call. */
  peek(length: number): Promise<Uint8Array>;
}

export function byteQueue(source: AsyncIterator<Uint8Array>): ByteQueue {
  let buffer = new Uint8Array(0);
  let start = 0;
  let end = 0;
  let longest = 0;
  /** Bytes that were given out are never written over. */
  const append = (bytes: Uint8Array): void => {
    if (buffer.length - end < bytes.length) {
      const queued = buffer.subarray(start, end);
      // Room for the largest piece that is asked for, so that it is copied once.
      buffer = new Uint8Array(Math.max(longest, queued.length) + bytes.length);
      buffer.set(queued);
      [start, end] = [0, queued.length];
    }
    // A copy: the source may fill the same buffer again while these bytes still wait here.
    buffer.set(bytes, end);
    end += bytes.length;
  };
  const peek = async (length: number): Promise<Uint8Array> => {
    longest = Math.max(longest, length);
    while (end - start < length) {
      const next = await source.next();
      if (next.done === true) break;
      // An untyped caller may write text into the stream.
      if (!(next.value instanceof Uint8Array))
        throw new ArchiveError('invalid_options', 'the stream must consist of Uint8Array');
      append(next.value);
    }
    return buffer.subarray(start, Math.min(end, start + length));
  };
  return {
    peek,
    async take(length) {
      const bytes = await peek(length);
      start += bytes.length;
      return bytes;
    },
  };
}
