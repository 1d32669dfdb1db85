import { ArchiveError } from './archive-error.ts';
import { type ArchiveHeader, type ParsedHeader, parseHeader } from './archive-header.ts';
import { chunkOpener } from './chunk-opener.ts';
import { checkExpectations, unwrapDataKey, verifiedSuite } from './envelope.ts';
import { decodePrefix, endsEarly, prefixBytes } from './frame.ts';
import {
  type OpenOptions,
  oneShotMaxContentBytes,
  type ResolvedOpenOptions,
  resolveOpenOptions,
} from './open-options.ts';
import { indexBytes, openIndex } from './payload-index.ts';
import { concat } from './seal.ts';
import { type Suite } from './suite.ts';

/**
 * The content of a sealed archive, exactly as it was sealed, or an error.
 *
 * @throws ArchiveError any code
 *
 * @example
 * ```ts
 * const content = await open(bytes, { context: { tenant: 'acme', sessionId: 's-1', archiveId: 'a-1' }, keys });
 * ```
 */
export async function open(sealed: Uint8Array, options: OpenOptions): Promise<Uint8Array> {
  const { header, resolved, dataKey } = begin(sealed, options);
  return finish(sealed, header, resolved, await dataKey);
}

/**
 * {@link open} without a turn of the event loop, for worker threads.
 *
 * @throws ArchiveError any code; `invalid_options` also when the key provider answers with a promise
 */
export function openSync(sealed: Uint8Array, options: OpenOptions): Uint8Array {
  const { header, resolved, dataKey } = begin(sealed, options);
  if (dataKey instanceof Promise) {
    dataKey.catch(() => undefined);
    throw new ArchiveError('invalid_options', '`openSync` needs a key provider that answers without a promise');
  }
  return finish(sealed, header, resolved, dataKey);
}

/**
 * What an archive says about itself, without any key and without proof.
 *
 * @throws ArchiveError `corrupt`, `truncated`, `unsupported_version`
 */
export function inspect(sealed: Uint8Array): ArchiveHeader {
  const { version, cipher, compression, dictionary, contentType, contentSize, chunkBytes, headerBytes, recipients } =
    parse(sealed);
  const keyIds = recipients.map(({ keyId }) => keyId);
  return { version, cipher, compression, dictionary, contentType, contentSize, chunkBytes, keyIds, headerBytes };
}

function parse(sealed: Uint8Array): ParsedHeader {
  if (!(sealed instanceof Uint8Array)) throw new ArchiveError('invalid_options', '`sealed` must be a Uint8Array');
  return parseHeader(sealed);
}

interface Opening {
  readonly header: ParsedHeader;
  readonly resolved: ResolvedOpenOptions;
  readonly dataKey: Uint8Array | undefined | Promise<Uint8Array>;
}

function begin(sealed: Uint8Array, options: OpenOptions): Opening {
  const resolved = resolveOpenOptions(options, oneShotMaxContentBytes);
  const header = parse(sealed);
  checkExpectations(header, resolved);
  checkSize(header.contentSize ?? 0, resolved.maxContentBytes);
  const encrypted = header.cipher !== 'none' && resolved.keys;
  return { header, resolved, dataKey: encrypted ? unwrapDataKey(header, encrypted, resolved.context) : undefined };
}

function finish(
  sealed: Uint8Array,
  header: ParsedHeader,
  options: ResolvedOpenOptions,
  dataKey: Uint8Array | undefined,
): Uint8Array {
  const suite = verifiedSuite(header, dataKey);
  dataKey?.fill(0);
  const openChunk = chunkOpener(header, suite, options.maxRatio);
  const chunks: Uint8Array[] = [];
  const prefixes: Uint8Array[] = [];
  let contentSize = 0;
  let offset = header.headerBytes;
  for (let last = false; !last;) {
    const prefix = decodePrefix(sealed, offset, suite.tagBytes, header.chunkBytes + suite.tagBytes);
    const end = offset + prefixBytes + prefix.length;
    if (end > sealed.length) throw endsEarly();
    const prefixed = sealed.subarray(offset, offset + prefixBytes);
    const chunk = openChunk(chunks.length, prefix, prefixed, sealed.subarray(offset + prefixBytes, end));
    contentSize += chunk.length;
    checkSize(contentSize, options.maxContentBytes);
    checkDeclared(contentSize, header.contentSize);
    chunks.push(chunk);
    prefixes.push(prefixed);
    last = prefix.last;
    offset = end;
  }
  if (header.contentSize !== undefined && contentSize !== header.contentSize)
    throw new ArchiveError('corrupt', `the content is ${contentSize} bytes, not the declared ${header.contentSize}`);
  if (prefixes.length > 1) offset = checkIndex(sealed, offset, suite, prefixes, contentSize);
  if (offset !== sealed.length)
    throw new ArchiveError('corrupt', `${sealed.length - offset} bytes follow the end of the archive`);
  return concat(chunks);
}

/** Compares the index with what was read, and gives where it ends. */
function checkIndex(
  sealed: Uint8Array,
  offset: number,
  suite: Suite,
  prefixes: readonly Uint8Array[],
  contentSize: number,
): number {
  const length = indexBytes(prefixes.length) + suite.tagBytes;
  decodePrefix(sealed, offset, length, length);
  const bodyEnd = offset + prefixBytes + length;
  if (bodyEnd + prefixBytes > sealed.length) throw endsEarly();
  const lengthField = sealed.subarray(offset, offset + prefixBytes);
  const index = openIndex(suite, prefixes.length, lengthField, sealed.subarray(offset + prefixBytes, bodyEnd));
  const trailer = sealed.subarray(bodyEnd, bodyEnd + prefixBytes);
  if (
    index.contentSize !== contentSize ||
    Buffer.compare(index.prefixes, concat(prefixes)) !== 0 ||
    Buffer.compare(trailer, lengthField) !== 0
  )
    throw new ArchiveError('corrupt', 'the index does not describe this archive');
  return bodyEnd + prefixBytes;
}

export function checkSize(contentSize: number, maxContentBytes: number): void {
  if (contentSize > maxContentBytes)
    throw new ArchiveError('too_large', `the content exceeds ${maxContentBytes} bytes (\`maxContentBytes\`)`);
}

export function checkDeclared(contentSize: number, declared: number | undefined): void {
  if (declared !== undefined && contentSize > declared)
    throw new ArchiveError('bomb', `the content exceeds the ${declared} bytes that the archive declares`);
}
