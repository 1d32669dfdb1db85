import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { problem } from './problem-error.ts';

/** Encodings of request bodies that a service reads; listed at `GET /api/v1/capabilities`. */
export const acceptedEncodings = ['zstd', 'gzip'] as const;

const acceptEncoding = { 'accept-encoding': acceptedEncodings.join(', ') };

/** Decodes a body; never makes more than `maxBytes`. @throws 400, 413, 415 */
export function decodeContent(bytes: Uint8Array, encoding: string | undefined, maxBytes: number): Uint8Array {
  const name = encoding?.trim().toLowerCase() ?? 'identity';
  if (name === 'identity') return bytes;
  const decode = name === 'zstd' ? zstdDecompressSync : name === 'gzip' ? gunzipSync : undefined;
  if (!decode) {
    throw problem(415, 'unsupported-encoding', `bodies may be encoded as ${acceptedEncodings.join(' or ')}`, {
      headers: acceptEncoding,
    });
  }
  try {
    return decode(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw problem(400, 'malformed-body', `the body is not valid ${name}`);
  }
}

export function tooLarge(maxBytes: number): Error {
  return problem(413, 'too-large', `the body has more than ${String(maxBytes)} bytes`);
}
