/**
 * What went wrong, to switch on.
 *
 * - `invalid_options`: the caller's options or arguments are wrong; nothing was read or written
 * - `corrupt`: the bytes are not an archive, were changed, or belong to another archive
 * - `truncated`: the bytes end before the archive does
 * - `unsupported_version`: a format version, suite, compression or dictionary this release (or this Node) cannot read
 * - `context_mismatch`: the archive was sealed for another tenant, session or archive id
 * - `unknown_key`: none of the keys the archive is wrapped for is held by the key provider
 * - `wrong_key`: a key of that name is held, but it is not the one the archive was wrapped with
 * - `not_encrypted`: keys were given, but the archive is not encrypted
 * - `key_required`: the archive is encrypted, but no keys were given
 * - `key_unavailable`: the key provider failed (network, permission, throttling); see `cause`
 * - `too_large`: the content is larger than `maxContentBytes`
 * - `bomb`: the content expands beyond its declared size or beyond `maxRatio`
 */
export type ArchiveErrorCode =
  | 'invalid_options'
  | 'corrupt'
  | 'truncated'
  | 'unsupported_version'
  | 'context_mismatch'
  | 'unknown_key'
  | 'wrong_key'
  | 'not_encrypted'
  | 'key_required'
  | 'key_unavailable'
  | 'too_large'
  | 'bomb';

const brand = Symbol.for('@llm-memory-graph/sealed-archive/ArchiveError');

/** The only error this package throws. Its message never holds key bytes or content. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly code: ArchiveErrorCode;

  constructor(code: ArchiveErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Whether `error` is an {@link ArchiveError}, also when it comes from another copy of this package. */
export function isArchiveError(error: unknown): error is ArchiveError {
  return typeof error === 'object' && error !== null && brand in error;
}
