import { toUSVString } from 'node:util';

import { type Serializer } from './serializer.ts';

/**
 * JSON. What was parsed and written again may differ in text (`1.0` becomes `1`, long integers lose digits): to keep
 * the text, seal its bytes, or use {@link jsonText}.
 */
export const json: Serializer<unknown> = {
  contentType: 'application/json',
  encode(value) {
    // JSON.stringify gives undefined for what JSON cannot say, against its declared type.
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new TypeError('not a JSON value');
    return new TextEncoder().encode(text);
  },
  decode: (bytes) => JSON.parse(utf8.decode(bytes)) as unknown,
};

/** JSON as text, kept byte for byte and never parsed. */
export const jsonText: Serializer<string> = {
  contentType: 'application/json',
  encode(text) {
    // A lone surrogate would silently become U+FFFD.
    if (toUSVString(text) !== text) throw new TypeError('not well-formed text');
    return new TextEncoder().encode(text);
  },
  decode: (bytes) => utf8.decode(bytes),
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
