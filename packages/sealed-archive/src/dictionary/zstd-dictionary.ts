import { hash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';

import { ArchiveError } from '../archive-error.ts';

/** Text that compression may refer to instead of repeating it. Both sides must hold it. */
export interface ZstdDictionary {
  /** The first 8 bytes of the SHA-256 of `bytes`, in hexadecimal; it stands in every archive that needs it. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

const maxBytes = 64 * 1024;

/**
 * A dictionary of raw content. Keep to structure that every session repeats - system prompts, tool definitions, field
 * names - and never put in what a user wrote: it would outlive the erasure of the user's archives. Keep the bytes as
 * long as the archives: an archive cannot be opened without its dictionary.
 *
 * @param bytes 8 bytes to 64 KiB. What is most frequent belongs at the end; above 10 KiB, loading it costs more time
 * than compressing a small session.
 * @throws ArchiveError `invalid_options`
 */
export function zstdDictionary(bytes: Uint8Array): ZstdDictionary {
  if (!(bytes instanceof Uint8Array) || bytes.length < 8 || bytes.length > maxBytes)
    throw new ArchiveError('invalid_options', `a dictionary must be a Uint8Array of 8 to ${maxBytes} bytes`);
  const copy = Uint8Array.from(bytes);
  // zstd would read it as a trained dictionary with entropy tables, and refuse or misread it.
  if (Buffer.from(copy.buffer, 0, 4).readUInt32LE() === 0xec30_a437)
    throw new ArchiveError('invalid_options', 'a dictionary must be raw content, not the output of a zstd trainer');
  return Object.freeze({ id: hash('sha256', copy, 'hex').slice(0, 16), bytes: copy });
}

let supported: boolean | undefined;

/** Older releases of node:zlib ignore the option silently, so the only honest check is whether it has an effect. */
export function dictionariesSupported(): boolean {
  supported ??= ((): boolean => {
    const sample = Buffer.from('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ');
    return zstdCompressSync(sample, { dictionary: sample }).length < zstdCompressSync(sample).length;
  })();
  return supported;
}
