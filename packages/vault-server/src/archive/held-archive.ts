import { problem } from '@llm-memory-graph/service';

import { type ArchiveRecord } from '../store/archive-store.ts';
import { type Vault } from '../vault.ts';

/** Why an archive is not held, in the words of every answer. */
export const notHeld = {
  absent: 'the vault holds no archive with this id',
  deleted: 'the archive with this id was deleted; its id is not used again',
} as const;

/** @throws 404 when there never was one, 410 when it was deleted */
export async function heldArchive({ store }: Vault, tenant: string, archiveId: string): Promise<ArchiveRecord> {
  const found = await store.find(tenant, archiveId);
  if (found.outcome === 'held') return found.record;
  throw found.outcome === 'deleted' ? deleted() : problem(404, 'not-found', notHeld.absent);
}

/** The sealed bytes. @throws 410 when it was deleted meanwhile */
export async function heldContent({ store }: Vault, record: ArchiveRecord): Promise<Uint8Array> {
  const content = await store.content(record.tenant, record.archiveId);
  if (content) return content;
  throw deleted();
}

/** The sealed bytes from `start` to before `end`. @throws 410 when it was deleted meanwhile */
export async function heldRange(
  { store }: Vault,
  record: ArchiveRecord,
  start: number,
  end: number,
): Promise<AsyncIterable<Uint8Array>> {
  const pieces = await store.read(record.tenant, record.archiveId, start, end);
  if (pieces) return pieces;
  throw deleted();
}

function deleted(): Error {
  return problem(410, 'archive-deleted', notHeld.deleted);
}
