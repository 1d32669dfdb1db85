import { expect, it } from 'vitest';

import { crc32c } from './crc32c.ts';

it.each([
  ['32 bytes of zeroes', new Uint8Array(32), 0x8a91_36aa],
  ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8_ab43],
  ['"123456789"', new TextEncoder().encode('123456789'), 0xe306_9283],
])('has the published check value of %s', (_name, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});
