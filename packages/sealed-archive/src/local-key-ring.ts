import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';

import { type ArchiveContext, encodeContext } from './archive-context.ts';
import { ArchiveError } from './archive-error.ts';
import { expand } from './key-derivation.ts';
import { type KeyProvider, type WrappedKey } from './key-provider.ts';
import { nameBytes } from './utf8.ts';

const keyBytes = 32;
const nonceBytes = 24;
const tagBytes = 16;
const label = Buffer.from('llm-memory-graph/sealed-archive/v1/wrap\0');

/** What {@link localKeyRing} takes. */
export interface LocalKeyRingOptions {
  /** Key-encryption keys of 32 random bytes by name. Names stand in every archive in clear: 1 to 255 bytes of UTF-8. */
  readonly keys: Readonly<Record<string, Uint8Array>>;
  /** The key that new archives are wrapped with. */
  readonly primary: string;
  /**
   * All keys that new archives are wrapped with, for example one per region; any one of them opens the archive.
   *
   * @default [primary]
   */
  readonly recipients?: readonly string[];
}

/** Key-encryption keys in memory. Immutable: the rotation helpers give a new ring. */
export interface LocalKeyRing extends KeyProvider {
  readonly keyIds: readonly string[];
  readonly primary: string;
  readonly recipients: readonly string[];
  wrap(dataKey: Uint8Array, context: ArchiveContext): WrappedKey[];
  unwrap(wrapped: readonly WrappedKey[], context: ArchiveContext): Uint8Array;
  /** A ring that also holds `key`, and wraps new archives with it alone; older archives still open. */
  rotate(keyId: string, key: Uint8Array): LocalKeyRing;
  /** A ring without `keyId`: archives wrapped only for it no longer open. The primary key and recipients cannot be retired. */
  retire(keyId: string): LocalKeyRing;
  /** Whether an archive with these key ids should be rewrapped: they are not exactly this ring's recipients. */
  needsRewrap(keyIds: readonly string[]): boolean;
}

/** A new random key-encryption key of 32 bytes. */
export function generateKey(): Uint8Array {
  return new Uint8Array(randomBytes(keyBytes));
}

/**
 * A key ring in memory.
 *
 * @throws ArchiveError `invalid_options`, naming the key id and never its bytes.
 *
 * @example
 * ```ts
 * const keys = localKeyRing({ keys: { '2026-01': generateKey() }, primary: '2026-01' });
 * ```
 */
export function localKeyRing(options: LocalKeyRingOptions): LocalKeyRing {
  const keys = new Map<string, Uint8Array>();
  for (const [keyId, key] of Object.entries(options.keys)) keys.set(checkKeyId(keyId), copyOfKey(keyId, key));
  const { primary } = options;
  const recipients = Object.freeze([...new Set(options.recipients ?? [primary])]);
  if (!keys.has(primary)) throw new ArchiveError('invalid_options', `\`primary\` names no key: "${primary}"`);
  if (!recipients.includes(primary))
    throw new ArchiveError('invalid_options', `\`recipients\` must hold the primary key "${primary}"`);
  for (const keyId of recipients)
    if (!keys.has(keyId)) throw new ArchiveError('invalid_options', `\`recipients\` names no key: "${keyId}"`);

  return {
    keyIds: Object.freeze([...keys.keys()]),
    primary,
    recipients,
    wrap(dataKey, context) {
      const bound = encodeContext(context);
      return recipients.map((keyId) => ({ keyId, wrapped: wrapOne(held(keys, keyId), keyId, dataKey, bound) }));
    },
    unwrap(wrapped, context) {
      const bound = encodeContext(context);
      const mine = wrapped.filter(({ keyId }) => keys.has(keyId));
      if (mine.length === 0) {
        throw new ArchiveError(
          'unknown_key',
          `the archive is wrapped for ${namesOf(wrapped)}, and the key ring holds none of them`,
        );
      }
      for (const { keyId, wrapped: bytes } of mine) {
        const dataKey = unwrapOne(held(keys, keyId), keyId, bytes, bound);
        if (dataKey) return dataKey;
      }
      throw new ArchiveError('wrong_key', `the key ring's ${namesOf(mine)} does not open this archive`);
    },
    rotate: (keyId, key) => {
      if (keys.has(keyId)) throw new ArchiveError('invalid_options', `the key ring already holds a key "${keyId}"`);
      return localKeyRing({ keys: { ...Object.fromEntries(keys), [keyId]: key }, primary: keyId });
    },
    retire: (keyId) => {
      if (!keys.has(keyId)) throw new ArchiveError('invalid_options', `the key ring holds no key "${keyId}"`);
      if (recipients.includes(keyId))
        throw new ArchiveError('invalid_options', `"${keyId}" is still in use: rotate to another key first`);
      const rest = Object.fromEntries([...keys].filter(([other]) => other !== keyId));
      return localKeyRing({ keys: rest, primary, recipients });
    },
    needsRewrap: (keyIds) =>
      keyIds.length !== recipients.length || !recipients.every((keyId) => keyIds.includes(keyId)),
  };
}

function held(keys: ReadonlyMap<string, Uint8Array>, keyId: string): Uint8Array {
  const key = keys.get(keyId);
  if (!key) throw new ArchiveError('unknown_key', `the key ring holds no key "${keyId}"`);
  return key;
}

/** A few names: an archive may list 32 of 255 bytes, and an error must stay short. */
function namesOf(wrapped: readonly WrappedKey[]): string {
  const names = wrapped.slice(0, 3).map(({ keyId }) => JSON.stringify(keyId));
  return wrapped.length > 3 ? `${names.join(', ')} and ${wrapped.length - 3} more` : names.join(', ');
}

function checkKeyId(keyId: string): string {
  if (!nameBytes(keyId, 255))
    throw new ArchiveError('invalid_options', `a key id must be 1 to 255 bytes of UTF-8, got "${keyId.slice(0, 64)}"`);
  return keyId;
}

function copyOfKey(keyId: string, key: Uint8Array): Uint8Array {
  if (!(key instanceof Uint8Array) || key.length !== keyBytes)
    throw new ArchiveError('invalid_options', `the key "${keyId}" must be a Uint8Array of ${keyBytes} bytes`);
  return Uint8Array.from(key);
}

/**
 * One AES-256-GCM key and IV per wrap, derived from the key-encryption key, its name, the context and a 24-byte random
 * nonce: a 12-byte random IV under one key would limit that key to 2^32 archives (NIST SP 800-38D, section 8.3).
 */
function wrapKey(key: Uint8Array, keyId: string, nonce: Uint8Array, context: Uint8Array): { key: Buffer; iv: Buffer } {
  const id = Buffer.from(keyId, 'utf8');
  const derived = expand(key, Buffer.concat([label, nonce, Uint8Array.of(id.length), id, context]), 44);
  return { key: derived.subarray(0, 32), iv: derived.subarray(32) };
}

function wrapOne(key: Uint8Array, keyId: string, dataKey: Uint8Array, context: Uint8Array): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const derived = wrapKey(key, keyId, nonce, context);
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(derived.key), derived.iv);
  return new Uint8Array(Buffer.concat([nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]));
}

function unwrapOne(key: Uint8Array, keyId: string, wrapped: Uint8Array, context: Uint8Array): Uint8Array | undefined {
  if (wrapped.length !== nonceBytes + keyBytes + tagBytes) return undefined;
  const derived = wrapKey(key, keyId, wrapped.subarray(0, nonceBytes), context);
  const decipher = createDecipheriv('aes-256-gcm', createSecretKey(derived.key), derived.iv, {
    authTagLength: tagBytes,
  });
  decipher.setAuthTag(wrapped.subarray(-tagBytes));
  const dataKey = decipher.update(wrapped.subarray(nonceBytes, -tagBytes));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return dataKey;
}
