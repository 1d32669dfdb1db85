import { randomBytes, timingSafeEqual } from 'node:crypto';

import { type ArchiveContext, contextDigest } from './archive-context.ts';
import { ArchiveError, isArchiveError } from './archive-error.ts';
import { encodeCore, maxRecipients, maxWrappedBytes, type ParsedHeader } from './archive-header.ts';
import { type KeyProvider, type WrappedKey } from './key-provider.ts';
import { type ResolvedSealOptions } from './seal-options.ts';
import { aesGcmSuite, checksumSuite, type Suite } from './suite.ts';
import { nameBytes } from './utf8.ts';

const dataKeyBytes = 32;
const saltBytes = 24;

export interface Envelope {
  readonly header: Uint8Array;
  readonly suite: Suite;
}

/** A fresh data key; none without keys to wrap it. */
export interface NewDataKey {
  /** For the envelope, which wipes it. */
  readonly dataKey: Uint8Array | undefined;
  /** A promise only when the key provider answers with one. */
  readonly wrapped: WrappedKey[] | Promise<WrappedKey[]>;
}

export function newDataKey({ keys, context }: Pick<ResolvedSealOptions, 'keys' | 'context'>): NewDataKey {
  if (!keys) return { dataKey: undefined, wrapped: [] };
  const dataKey = randomBytes(dataKeyBytes);
  return { dataKey, wrapped: wrapDataKey(keys, dataKey, context) };
}

/**
 * The header of a new archive and the suite that seals its payload.
 *
 * @param dataKey wiped
 * @param recipients as `encodeRecipients` gives them
 */
export function newEnvelope(
  options: Omit<ResolvedSealOptions, 'keys'>,
  contentSize: number | undefined,
  dataKey: Uint8Array | undefined,
  recipients: Uint8Array,
): Envelope {
  const salt = randomBytes(saltBytes);
  const core = encodeCore({
    cipher: dataKey ? 'aes-256-gcm' : 'none',
    compression: options.compression,
    dictionaryId: options.dictionary?.id,
    contentType: options.contentType,
    contentSize,
    chunkBytes: options.chunkBytes,
    contextDigest: contextDigest(options.context, salt),
    salt,
  });
  const suite = dataKey ? aesGcmSuite(dataKey, core) : checksumSuite(core);
  dataKey?.fill(0);
  return { header: assembleHeader(core, suite, recipients), suite };
}

/** @param recipients as `encodeRecipients` gives them */
export function assembleHeader(core: Uint8Array, suite: Suite, recipients: Uint8Array): Buffer {
  const checked = Buffer.concat([core, suite.commitment, recipients]);
  return Buffer.concat([checked, suite.checkOf(checked)]);
}

/** Wraps a data key; the provider sees a copy, and what it answers is checked against the limits of the format. */
export function wrapDataKey(
  keys: KeyProvider,
  dataKey: Uint8Array,
  context: ArchiveContext,
): WrappedKey[] | Promise<WrappedKey[]> {
  const copy = Uint8Array.from(dataKey);
  return settle(
    () => keys.wrap(copy, context),
    (wrapped) => {
      copy.fill(0);
      return checkWrapped(wrapped);
    },
  );
}

/** Checks everything about a header but the keys: what it belongs to, and whether it is as encrypted as expected. */
export function checkExpectations(
  header: ParsedHeader,
  options: { context: ArchiveContext; keys?: KeyProvider | undefined; allowUnencrypted: boolean },
): void {
  if (!timingSafeEqual(contextDigest(options.context, header.salt), header.contextDigest))
    throw new ArchiveError('context_mismatch', 'the archive was sealed for another tenant, session or archive id');
  if (header.cipher === 'none' && options.keys && !options.allowUnencrypted)
    throw new ArchiveError('not_encrypted', 'keys were given, but the archive is not encrypted');
  if (header.cipher !== 'none' && !options.keys)
    throw new ArchiveError('key_required', 'the archive is encrypted, and no keys were given');
}

/** The data key of an encrypted archive: a copy to be wiped, as the provider may keep its own. */
export function unwrapDataKey(
  header: ParsedHeader,
  keys: KeyProvider,
  context: ArchiveContext,
): Uint8Array | Promise<Uint8Array> {
  return settle(() => keys.unwrap(header.recipients, context), checkDataKey);
}

/** The suite of an archive, after proving that the header is the one that was sealed with this data key. */
export function verifiedSuite(header: ParsedHeader, dataKey: Uint8Array | undefined): Suite {
  const suite = dataKey ? aesGcmSuite(dataKey, header.core) : checksumSuite(header.core);
  const committed = dataKey === undefined || timingSafeEqual(suite.commitment, header.commitment);
  if (!committed || !timingSafeEqual(suite.checkOf(header.checked), header.check))
    throw new ArchiveError('corrupt', 'the archive header was changed');
  return suite;
}

function checkWrapped(wrapped: WrappedKey[]): WrappedKey[] {
  if (!Array.isArray(wrapped) || wrapped.length < 1 || wrapped.length > maxRecipients)
    throw new ArchiveError('invalid_options', `the key provider must wrap for 1 to ${maxRecipients} keys`);
  for (const { keyId, wrapped: bytes } of wrapped) {
    if (!nameBytes(keyId, 255))
      throw new ArchiveError('invalid_options', 'the key provider named a key id that is not 1 to 255 bytes of UTF-8');
    if (bytes.length < 1 || bytes.length > maxWrappedBytes)
      throw new ArchiveError(
        'invalid_options',
        `the key wrapped for "${keyId}" must be 1 to ${maxWrappedBytes} bytes, got ${bytes.length}`,
      );
  }
  return wrapped;
}

function checkDataKey(dataKey: Uint8Array): Uint8Array {
  if (!(dataKey instanceof Uint8Array) || dataKey.length !== dataKeyBytes)
    throw new ArchiveError('wrong_key', `the key provider did not unwrap a data key of ${dataKeyBytes} bytes`);
  return Uint8Array.from(dataKey);
}

/** Runs a provider's call, with a promise only if there is one, and gives its failures a code. */
function settle<T>(call: () => T | Promise<T>, check: (value: T) => T): T | Promise<T> {
  try {
    const result = call();
    // Not `instanceof Promise`: promises of other realms and libraries are promises too.
    return isThenable(result) ? Promise.resolve(result).then(check).catch(rethrow) : check(result);
  } catch (cause) {
    return rethrow(cause);
  }
}

function isThenable<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function rethrow(cause: unknown): never {
  if (isArchiveError(cause)) throw cause;
  throw new ArchiveError('key_unavailable', 'the key provider failed', { cause });
}
