import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hash,
  timingSafeEqual,
} from 'node:crypto';

import { ArchiveError } from './archive-error.ts';
import { expand } from './key-derivation.ts';

/** What a frame is, as the last byte of its nonce. */
export type FrameKind = typeof middleChunk | typeof lastChunk | typeof indexFrame;
export const middleChunk = 0;
export const lastChunk = 1;
export const indexFrame = 2;

/** How the frames and the header of one archive are protected. */
export interface Suite {
  /** Bytes that sealing adds to a body. */
  readonly tagBytes: number;
  /** Stands in the header and ties it to exactly one data key; empty without encryption. */
  readonly commitment: Uint8Array;
  /** The check over the header, recipients included. */
  checkOf(checked: Uint8Array): Uint8Array;
  seal(kind: FrameKind, counter: number, prefix: Uint8Array, body: Uint8Array): Uint8Array[];
  /** @throws ArchiveError `corrupt` when the body is not what was sealed in this place of this archive */
  open(kind: FrameKind, counter: number, prefix: Uint8Array, sealed: Uint8Array): Buffer;
}

const payloadLabel = Buffer.from('llm-memory-graph/sealed-archive/v1/payload\0');
const checksumLabel = Buffer.from('llm-memory-graph/sealed-archive/v1/checksum\0');

/**
 * AES-256-GCM in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015), keys derived as in C2SP
 * chunked-encryption. The whole header core is an input of the derivation: with any other core, the keys differ.
 */
export function aesGcmSuite(dataKey: Uint8Array, core: Uint8Array): Suite {
  const derived = expand(dataKey, Buffer.concat([payloadLabel, core]), 103);
  const key = createSecretKey(derived.subarray(0, 32));
  const headerKey = createSecretKey(derived.subarray(32, 64));
  const noncePrefix = derived.subarray(96, 103);
  const tagBytes = 16;
  const nonceOf = (kind: FrameKind, counter: number): Buffer => {
    const nonce = Buffer.alloc(12);
    noncePrefix.copy(nonce);
    nonce.writeUInt32BE(counter, 7);
    nonce[11] = kind;
    return nonce;
  };
  return {
    tagBytes,
    commitment: derived.subarray(64, 96),
    checkOf: (checked) => createHmac('sha256', headerKey).update(checked).digest(),
    seal(kind, counter, prefix, body) {
      const cipher = createCipheriv('aes-256-gcm', key, nonceOf(kind, counter));
      cipher.setAAD(prefix);
      const sealed = cipher.update(body);
      cipher.final();
      return [sealed, cipher.getAuthTag()];
    },
    open(kind, counter, prefix, sealed) {
      const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(kind, counter), { authTagLength: tagBytes });
      decipher.setAAD(prefix);
      decipher.setAuthTag(sealed.subarray(-tagBytes));
      const body = decipher.update(sealed.subarray(0, -tagBytes));
      try {
        decipher.final();
      } catch {
        throw changed();
      }
      return body;
    },
  };
}

/** Without keys: SHA-256 finds accidents. Anyone can make such an archive, so it proves nothing about its origin. */
export function checksumSuite(core: Uint8Array): Suite {
  const tagBytes = 32;
  const tagOf = (kind: FrameKind, counter: number, prefix: Uint8Array, body: Uint8Array): Buffer => {
    const place = Buffer.alloc(5);
    place.writeUInt32BE(counter);
    place[4] = kind;
    return createHash('sha256').update(checksumLabel).update(core).update(place).update(prefix).update(body).digest();
  };
  return {
    tagBytes,
    commitment: new Uint8Array(),
    checkOf: (checked) => hash('sha256', Buffer.concat([checksumLabel, checked]), 'buffer'),
    seal: (kind, counter, prefix, body) => [body, tagOf(kind, counter, prefix, body)],
    open(kind, counter, prefix, sealed) {
      const body = sealed.subarray(0, -tagBytes);
      if (!timingSafeEqual(tagOf(kind, counter, prefix, body), sealed.subarray(-tagBytes))) throw changed();
      return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    },
  };
}

function changed(): ArchiveError {
  return new ArchiveError('corrupt', 'the archive was changed, or is made of parts of different archives');
}
