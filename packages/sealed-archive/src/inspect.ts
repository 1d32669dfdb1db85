import { timingSafeEqual } from 'node:crypto';

import { type ArchiveContext, contextDigest } from './archive-context.ts';
import { ArchiveError } from './archive-error.ts';
import { type ArchiveHeader, type ParsedHeader, parseHeader, publicHeader } from './archive-header.ts';

/**
 * What an archive says about itself, without any key and without proof.
 *
 * @param sealed the archive, or enough of its beginning
 * @throws ArchiveError `corrupt`, `truncated`, `unsupported_version`
 *
 * @example
 * ```ts
 * const { keyIds, contentType, contentSize } = inspect(bytes);
 * ```
 */
export function inspect(sealed: Uint8Array): ArchiveHeader {
  return publicHeader(headerOf(sealed));
}

/**
 * Whether an archive says that it was sealed for this context: for a keeper without keys, to refuse what was put in the
 * wrong place. Only opening proves it.
 *
 * @param sealed the archive, or enough of its beginning
 * @throws ArchiveError `corrupt`, `truncated`, `unsupported_version`
 *
 * @example
 * ```ts
 * belongsTo(bytes, { tenant: 'acme', sessionId: 'session-1', archiveId: 'archive-1' });
 * ```
 */
export function belongsTo(sealed: Uint8Array, context: ArchiveContext): boolean {
  const header = headerOf(sealed);
  return timingSafeEqual(contextDigest(context, header.salt), header.contextDigest);
}

export function headerOf(sealed: Uint8Array): ParsedHeader {
  if (!(sealed instanceof Uint8Array)) throw new ArchiveError('invalid_options', '`sealed` must be a Uint8Array');
  return parseHeader(sealed);
}
