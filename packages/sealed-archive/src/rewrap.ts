import { type ArchiveContext } from './archive-context.ts';
import { encodeRecipients } from './archive-header.ts';
import { concat } from './concat.ts';
import { digestOf } from './digest.ts';
import { assembleHeader, checkExpectations, unwrapDataKey, verifiedSuite, wrapDataKey } from './envelope.ts';
import { type KeyProvider } from './key-provider.ts';
import { headerOf, inspect } from './inspect.ts';
import { type SealedArchive } from './seal.ts';

/** Whose keys to exchange. */
export interface RewrapOptions {
  readonly context: ArchiveContext;
  /** Opens the archive as it is. */
  readonly from: KeyProvider;
  /** Wraps the same data key anew. */
  readonly to: KeyProvider;
}

/**
 * Rotates the key-encryption keys of an archive: its data key is wrapped anew, its content stays sealed, byte for byte.
 * The digest changes with the header. Whoever kept the old bytes and the old key can still open them.
 *
 * @throws ArchiveError `not_encrypted` and everything {@link open} throws about header and keys
 *
 * @example
 * ```ts
 * const next = keys.rotate('2026-02', generateKey());
 * if (next.needsRewrap(inspect(bytes).keyIds)) await rewrap(bytes, { context, from: keys, to: next });
 * ```
 */
export async function rewrap(sealed: Uint8Array, { context, from, to }: RewrapOptions): Promise<SealedArchive> {
  const header = headerOf(sealed);
  checkExpectations(header, { context, keys: from, allowUnencrypted: false });
  const dataKey = await unwrapDataKey(header, from, context);
  try {
    const suite = verifiedSuite(header, dataKey);
    const recipients = encodeRecipients(await wrapDataKey(to, dataKey, context));
    return receiptOf(concat([assembleHeader(header.core, suite, recipients), sealed.subarray(header.headerBytes)]));
  } finally {
    dataKey.fill(0);
  }
}

function receiptOf(bytes: Uint8Array): SealedArchive {
  const { contentSize, keyIds } = inspect(bytes);
  return { bytes, digest: digestOf(bytes), size: bytes.length, contentSize, keyIds };
}
