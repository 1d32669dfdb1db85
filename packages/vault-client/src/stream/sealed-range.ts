import { pathOf, vaultEndpoints, type ArchiveMetadata } from '@llm-memory-graph/contracts';
import type { HttpClient } from '@llm-memory-graph/http';
import { IntegrityError } from '../integrity-error.ts';
import { callOptions, partBytesOf, readPartBytes, type RetrieveStreamOptions } from './stream-options.ts';

/**
 * The sealed bytes of an archive, range by range. A connection that is cut costs one range, which the client asks for
 * again; `If-Range` makes sure that all ranges are of the same bytes.
 */
export async function* sealedRanges(
  http: HttpClient,
  { archiveId, digest, size }: ArchiveMetadata,
  options: RetrieveStreamOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const partBytes = partBytesOf(options, readPartBytes);
  const path = pathOf(vaultEndpoints.getArchiveContent, archiveId);
  const call = callOptions(options);
  for (let start = 0; start < size; start += partBytes) {
    const end = Math.min(size, start + partBytes);
    const headers = { range: `bytes=${String(start)}-${String(end - 1)}`, 'if-range': `"${digest}"` };
    const request = {
      method: 'GET',
      path,
      headers,
      accept: 'application/octet-stream, application/problem+json',
    } as const;
    const { value: answer } = await http.call(request, (raw) => raw, call);
    const isRange = answer.headers.get('content-range')?.startsWith(`bytes ${String(start)}-`) ?? false;
    if (!isRange || answer.body.length !== end - start)
      throw new IntegrityError(archiveId, 'the vault gave other bytes than the range asked for');
    yield answer.body;
    options.onProgress?.({ bytes: end, total: size });
  }
}
