import { ArchiveError } from '../archive-error.ts';
import { inspect } from '../inspect.ts';
import { open } from '../open.ts';
import { type OpenOptions } from '../open-options.ts';
import { seal, type SealedArchive } from '../seal.ts';
import { type SealOptions } from '../seal-options.ts';

/** Turns values into the bytes of an archive and back. */
export interface Serializer<T> {
  /** The media type; it stands in the archive in clear and must be the same when opening. */
  readonly contentType: string;
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

/**
 * Seals a value.
 *
 * @throws ArchiveError `invalid_options` when the value cannot be encoded, and everything {@link seal} throws
 *
 * @example
 * ```ts
 * const { bytes } = await sealValue({ messages: [] }, json, { context, keys });
 * ```
 */
export async function sealValue<T>(
  value: T,
  serializer: Serializer<T>,
  options: Omit<SealOptions, 'contentType'>,
): Promise<SealedArchive> {
  return seal(encodeWith(serializer, value), { ...options, contentType: serializer.contentType });
}

/**
 * Opens what {@link sealValue} sealed.
 *
 * @throws ArchiveError `invalid_options` when the archive holds another media type, `corrupt` when the content cannot
 * be decoded, and everything {@link open} throws
 */
export async function openValue<T>(sealed: Uint8Array, serializer: Serializer<T>, options: OpenOptions): Promise<T> {
  const { contentType } = inspect(sealed);
  const content = await open(sealed, options);
  if (contentType !== serializer.contentType)
    throw new ArchiveError('invalid_options', `the archive holds ${contentType}, not ${serializer.contentType}`);
  try {
    return serializer.decode(content);
  } catch (cause) {
    throw new ArchiveError('corrupt', `the content is not ${contentType}`, { cause: withoutContent(cause) });
  }
}

function encodeWith<T>(serializer: Serializer<T>, value: T): Uint8Array {
  try {
    return serializer.encode(value);
  } catch (cause) {
    const reason = withoutContent(cause);
    throw new ArchiveError('invalid_options', `the value cannot be encoded as ${serializer.contentType}`, {
      cause: reason,
    });
  }
}

/** A parser's message quotes what it could not parse, and that is a session's content: keep only its name. */
function withoutContent(cause: unknown): string {
  return cause instanceof Error ? cause.name : typeof cause;
}
