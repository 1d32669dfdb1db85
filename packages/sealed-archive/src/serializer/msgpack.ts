import { decode, encode } from '@msgpack/msgpack';

import { type Serializer } from './serializer.ts';

/**
 * MessagePack, with 64-bit integers as `bigint` where a number cannot hold them exactly. Faster to open than JSON where
 * values are binary; on text, JSON with zstd is as small.
 */
export const msgpack: Serializer<unknown> = {
  contentType: 'application/vnd.msgpack',
  encode: (value) => encode(value, { useBigInt64: true }),
  decode: (bytes) => decode(bytes, { useBigInt64: true }),
};
