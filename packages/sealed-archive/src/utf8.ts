import { toUSVString } from 'node:util';

/** The UTF-8 bytes of a name, if it has 1 to `maxBytes` of them. */
export function nameBytes(text: unknown, maxBytes: number): Buffer | undefined {
  // A lone surrogate would be encoded as U+FFFD, and two different names would then be one.
  if (typeof text !== 'string' || toUSVString(text) !== text) return undefined;
  const bytes = Buffer.from(text, 'utf8');
  return bytes.length >= 1 && bytes.length <= maxBytes ? bytes : undefined;
}
