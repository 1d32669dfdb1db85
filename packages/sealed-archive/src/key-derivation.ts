import { createHmac, createSecretKey } from 'node:crypto';

/**
 * HKDF-Expand with SHA-512 (RFC 5869, section 2.3). `key` is uniformly random and of 32 bytes, so there is nothing to
 * extract; node's `hkdfSync` would add that step and costs more than twice as much for short outputs.
 * Here and wherever a key is used: node takes a `KeyObject` 10 us sooner than the bytes it is made of.
 */
export function expand(key: Uint8Array, info: Uint8Array, length: number): Buffer {
  const secret = createSecretKey(key);
  const blocks: Buffer[] = [];
  let previous = Buffer.alloc(0);
  for (let counter = 1; (counter - 1) * 64 < length; counter++) {
    previous = createHmac('sha512', secret).update(previous).update(info).update(Uint8Array.of(counter)).digest();
    blocks.push(previous);
  }
  return Buffer.concat(blocks, length);
}
