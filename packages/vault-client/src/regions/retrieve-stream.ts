import type { RetrieveStreamOptions } from '../stream/stream-options.ts';
import { isDeleted, type Region } from './region.ts';

interface RetrieveWatch {
  /** Hears of each region that could not go on. */
  readonly failed: (region: Region, error: unknown) => void;
  /** What to reject with when none could. */
  readonly failureOf: (failures: ReadonlyMap<Region, unknown>) => unknown;
}

/**
 * The content of an archive from the first of `order`, and when that one fails midway from the next, after the bytes
 * that were given already: regions may seal differently, the content is the same.
 *
 * @throws what `failureOf` makes of the failures of all, or the first that says that the archive is deleted
 */
export async function* retrieveFrom(
  order: readonly Region[],
  archiveId: string,
  options: RetrieveStreamOptions,
  { failed, failureOf }: RetrieveWatch,
): AsyncGenerator<Uint8Array, void, void> {
  const failures = new Map<Region, unknown>();
  let given = 0;
  let told = 0;
  const onProgress: RetrieveStreamOptions['onProgress'] = ({ bytes, total }) => {
    if (bytes > told) options.onProgress?.({ bytes: (told = bytes), total });
  };
  for (const region of order) {
    let at = 0;
    try {
      for await (const piece of region.vault.retrieveStream(archiveId, { ...options, onProgress })) {
        const rest = piece.subarray(Math.min(piece.length, given - at));
        at += piece.length;
        given = Math.max(given, at);
        if (rest.length > 0) yield rest;
      }
      return;
    } catch (error) {
      if (options.signal?.aborted) throw error;
      failed(region, error);
      failures.set(region, error);
      if (isDeleted(error)) throw error;
    }
  }
  throw failureOf(failures);
}
