import { createHash } from 'node:crypto';

import { type ArchiveStore, type Reread } from '../store/archive-store.ts';

/** Archives read at a time. */
const atOnce = 16;

/** Reads whole archives again; one result for each id, in order. */
export async function reread(store: ArchiveStore, tenant: string, archiveIds: readonly string[]): Promise<Reread[]> {
  if (store.reread) return store.reread(tenant, archiveIds);
  const results: Reread[] = [];
  for (let i = 0; i < archiveIds.length; i += atOnce)
    results.push(...(await Promise.all(archiveIds.slice(i, i + atOnce).map((id) => rereadOne(store, tenant, id)))));
  return results;
}

async function rereadOne(store: ArchiveStore, tenant: string, archiveId: string): Promise<Reread> {
  const found = await store.find(tenant, archiveId);
  if (found.outcome !== 'held') return { outcome: found.outcome };
  const { sessionId, size } = found.record;
  try {
    const pieces = await store.read(tenant, archiveId, 0, size);
    return pieces ? { outcome: 'held', sessionId, ...(await digestOfPieces(pieces)) } : { outcome: 'deleted' };
  } catch (cause) {
    return { outcome: 'unreadable', cause };
  }
}

/** Digest and count of the bytes that come. */
export async function digestOfPieces(
  pieces: AsyncIterable<Uint8Array>,
): Promise<{ readonly digest: string; readonly size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of pieces) {
    hash.update(piece);
    size += piece.length;
  }
  return { digest: `sha256:${hash.digest('hex')}`, size };
}
