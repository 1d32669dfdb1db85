import { sealedEntry } from '@llm-memory-graph/contracts';
import type { CallOptions } from '@llm-memory-graph/http';
import { isIntegrityError } from '../integrity-error.ts';
import type { Sealer } from '../sealer.ts';
import type { VaultClient } from '../vault-client.ts';
import { isAbsent, isDeleted, isRefused, type Region, type RegionState } from './region.ts';

/** Which archive is to go. */
export interface Condemned {
  readonly archiveId: string;
  /** `undefined` when no region holds it any more. */
  readonly sessionId: string | undefined;
}

/**
 * Deletes an archive in a region so that it leaves a tombstone there, also where it never arrived: then an empty one is
 * archived under its id and deleted at once. Without it, a copy under way would still be taken in.
 */
export async function bury(
  { vault }: Pick<Region, 'vault'>,
  { archiveId, sessionId = archiveId }: Condemned,
  known: RegionState['state'] | undefined,
  sealer: Sealer,
  options: CallOptions | undefined,
): Promise<void> {
  if (known === 'deleted') return;
  if (known === 'absent') await leaveEmpty(vault, archiveId, sessionId, sealer, options);
  try {
    await vault.deleteArchive(archiveId, options);
  } catch (error) {
    if (isDeleted(error)) return;
    if (known === 'absent' || !isAbsent(error)) throw error;
    await bury({ vault }, { archiveId, sessionId }, 'absent', sealer, options);
  }
}

async function leaveEmpty(
  vault: VaultClient,
  archiveId: string,
  sessionId: string,
  sealer: Sealer,
  options: CallOptions | undefined,
): Promise<void> {
  const { bytes, digest } = await sealer.seal(new Uint8Array(0), { archiveId, sessionId });
  const fields = { id: archiveId, sessionId, archivedAt: new Date(0), retentionDays: 1, digest };
  try {
    await vault.archiveSealed([{ entry: sealedEntry.parse(fields), content: bytes }], options);
  } catch (error) {
    // The archive itself arrived meanwhile, or is deleted already.
    const isThere = isIntegrityError(error) || isRefused(error) || isDeleted(error);
    if (!isThere) throw error;
  }
}
