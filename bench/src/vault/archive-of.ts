import { inspect, type SealedArchive } from '@llm-memory-graph/sealed-archive';
import type { ArchiveStore } from '@llm-memory-graph/vault-server';

type NewArchive = Parameters<ArchiveStore['insert']>[0][number];

export const tenant = 'acme';

/** What the server makes of an archive that a scheduler sends. */
export function archiveOf(
  { archiveId, sessionId }: { readonly archiveId: string; readonly sessionId: string },
  { bytes, digest, size }: Pick<SealedArchive, 'bytes' | 'digest' | 'size'>,
): NewArchive {
  const storedAt = new Date();
  const retentionDays = 365;
  return {
    record: {
      ...{ tenant, archiveId, sessionId, archivedAt: storedAt.toISOString(), storedAt },
      ...{
        requestedDays: retentionDays,
        retentionDays,
        expiresAt: new Date(storedAt.getTime() + retentionDays * 86_400_000),
      },
      ...{
        policyIds: [],
        hold: null,
        lock: null,
        tags: ['scheduled'],
        metadata: '{"archived_by":"archival_scheduler"}',
      },
      ...{ digest, size, sealedBy: 'client', encrypted: true, compressed: true, revision: 1 },
    },
    event: {
      ...{ at: storedAt, actor: 'key:0123456789ab', action: 'archive', subject: archiveId },
      detail: { digest, size, retention_days: retentionDays, sealed_by: 'client' },
    },
    content: bytes,
    headerBytes: inspect(bytes).headerBytes,
  };
}
