import { ArchiveError } from './archive-error.ts';
import { chunkCodec } from './chunk-codec.ts';
import { concat } from './concat.ts';
import { digestOf } from './digest.ts';
import { beginEnvelope, type Envelope, finishEnvelope } from './envelope.ts';
import { payloadWriter } from './payload-writer.ts';
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
  const resolved = resolve(content, options);
  const pending = beginEnvelope(resolved, content.length);
  return assemble(content, resolved, finishEnvelope(pending, await pending.wrapped));
}

/**
 * {@link seal} without a turn of the event loop, for worker threads.
 *
 * @throws ArchiveError `invalid_options`, also when the key provider answers with a promise
 */
export function sealSync(content: Uint8Array, options: SealOptions): SealedArchive {
  const resolved = resolve(content, options);
  const pending = beginEnvelope(resolved, content.length);
  if (pending.wrapped instanceof Promise) {
    pending.wrapped.catch(() => undefined);
    throw new ArchiveError('invalid_options', '`sealSync` needs a key provider that answers without a promise');
  }
  return assemble(content, resolved, finishEnvelope(pending, pending.wrapped));
}

function resolve(content: Uint8Array, options: SealOptions): ResolvedSealOptions {
  if (!(content instanceof Uint8Array)) throw new ArchiveError('invalid_options', '`content` must be a Uint8Array');
  return resolveSealOptions(options);
}

function assemble(content: Uint8Array, options: ResolvedSealOptions, envelope: Envelope): SealedArchive {
  const { chunkBytes } = options;
  const codec = chunkCodec(options.compression, options.level, options.dictionary);
  const writer = payloadWriter(envelope.suite);
  const pieces = [envelope.header];
  let offset = 0;
  do {
    const end = offset + chunkBytes;
    pieces.push(...writer.add(codec.pack(content.subarray(offset, end)), end >= content.length));
    offset = end;
  } while (offset < content.length);
  const bytes = concat(pieces);
  return { bytes, digest: digestOf(bytes), size: bytes.length, contentSize: content.length, keyIds: envelope.keyIds };
}
