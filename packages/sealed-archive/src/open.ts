import { ArchiveError } from './archive-error.ts';
import { type ParsedHeader } from './archive-header.ts';
import { concat } from './concat.ts';
import { endsEarly, prefixBytes } from './frame.ts';
import { headerOf } from './inspect.ts';
import {
  type OpenOptions,
  oneShotMaxContentBytes,
  type ResolvedOpenOptions,
  resolveOpenOptions,
} from './open-options.ts';
import { beginOpening, startPayload } from './opening.ts';

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

interface Opening {
  readonly header: ParsedHeader;
  readonly resolved: ResolvedOpenOptions;
  readonly dataKey: Uint8Array | undefined | Promise<Uint8Array>;
}

function begin(sealed: Uint8Array, options: OpenOptions): Opening {
  const resolved = resolveOpenOptions(options, oneShotMaxContentBytes);
  const header = headerOf(sealed);
  return { header, resolved, dataKey: beginOpening(header, resolved) };
}

function finish(
  sealed: Uint8Array,
  header: ParsedHeader,
  options: ResolvedOpenOptions,
  dataKey: Uint8Array | undefined,
): Uint8Array {
  const reader = startPayload(header, options, dataKey);
  const chunks: Uint8Array[] = [];
  let offset = header.headerBytes;
  const take = (length: number): Uint8Array => {
    if (offset + length > sealed.length) throw endsEarly();
    const start = offset;
    offset += length;
    return sealed.subarray(start, offset);
  };
  while (!reader.done) {
    const frameBytes = reader.frameBytes(take(prefixBytes));
    offset -= prefixBytes;
    chunks.push(reader.chunk(take(frameBytes)));
  }
  reader.finish(take(reader.indexBytes));
  if (offset !== sealed.length) throw new ArchiveError('corrupt', 'bytes follow the end of the archive');
  return concat(chunks);
}
