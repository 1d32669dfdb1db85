import { ArchiveError } from './archive-error.ts';
import { encodeRecipients } from './archive-header.ts';
import { assemble } from './assemble.ts';
import { digestOf } from './digest.ts';
import { newDataKey, newEnvelope } from './envelope.ts';
import { type WrappedKey } from './key-provider.ts';
import { type ResolvedSealOptions, resolveSealOptions, type SealOptions } from './seal-options.ts';

/** A sealed archive and what a receipt for it must say. */
export interface SealedArchive {
  readonly bytes: Uint8Array;
  /** `sha256:` and the digest of `bytes` in hexadecimal. */
  readonly digest: string;
  /** Bytes sealed: the length of `bytes`. */
  readonly size: number;
  /** Bytes of content; `undefined` only after {@link rewrap} of a stream of undeclared length. */
  readonly contentSize: number | undefined;
  /** The names of the keys that any one of which opens the archive; empty when not encrypted. */
  readonly keyIds: readonly string[];
}

/**
 * Compresses, encrypts and frames `content`.
 *
 * @throws ArchiveError `invalid_options`, `key_unavailable`
 *
 * @example
 * ```ts
 * const keys = localKeyRing({ keys: { '2026-01': generateKey() }, primary: '2026-01' });
 * const context = { tenant: 'acme', sessionId: 's-1', archiveId: 'a-1' };
 * const { bytes, digest } = await seal(new TextEncoder().encode('{"messages":[]}'), { context, keys });
 * ```
 */
export async function seal(content: Uint8Array, options: SealOptions): Promise<SealedArchive> {
  const resolved = resolveSealing(content, options);
  const { dataKey, wrapped } = newDataKey(resolved);
  return sealed(content, resolved, dataKey, await wrapped);
}

/**
 * {@link seal} without a turn of the event loop, for worker threads.
 *
 * @throws ArchiveError `invalid_options`, also when the key provider answers with a promise
 */
export function sealSync(content: Uint8Array, options: SealOptions): SealedArchive {
  const resolved = resolveSealing(content, options);
  const { dataKey, wrapped } = newDataKey(resolved);
  if (wrapped instanceof Promise) {
    wrapped.catch(() => undefined);
    throw new ArchiveError('invalid_options', '`sealSync` needs a key provider that answers without a promise');
  }
  return sealed(content, resolved, dataKey, wrapped);
}

/** @throws ArchiveError `invalid_options` */
export function resolveSealing(content: Uint8Array, options: SealOptions): ResolvedSealOptions {
  if (!(content instanceof Uint8Array)) throw new ArchiveError('invalid_options', '`content` must be a Uint8Array');
  return resolveSealOptions(options);
}

function sealed(
  content: Uint8Array,
  options: ResolvedSealOptions,
  dataKey: Uint8Array | undefined,
  wrapped: readonly WrappedKey[],
): SealedArchive {
  const bytes = assemble(content, options, newEnvelope(options, content.length, dataKey, encodeRecipients(wrapped)));
  const keyIds = wrapped.map(({ keyId }) => keyId);
  return { bytes, digest: digestOf(bytes), size: bytes.length, contentSize: content.length, keyIds };
}
