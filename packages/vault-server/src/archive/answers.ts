import { withRawMembers } from '@llm-memory-graph/contracts';

import { type ArchiveRecord } from '../store/archive-store.ts';

/** Wire form of the receipt for an archive. */
export function receiptOf(record: ArchiveRecord, duplicate: boolean): Readonly<Record<string, unknown>> {
  return {
    archive_id: record.archiveId,
    session_id: record.sessionId,
    status: 'archived',
    archived_at: record.archivedAt,
    digest: record.digest,
    size: record.size,
    duplicate,
    audit_sequence: record.auditSequence,
  };
}

/** JSON text of an archive entry; `data` is given as JSON text. */
export function entryText(record: ArchiveRecord, data: string): string {
  return withRawMembers(
    {
      id: record.archiveId,
      session_id: record.sessionId,
      archived_at: record.archivedAt,
      retention_days: record.retentionDays,
      tags: record.tags,
    },
    { metadata: record.metadata, data },
  );
}

/** Name of what `data.sealed.content` holds, in base64, when the client sealed the archive. */
export const sealedFormat = 'llm-memory-graph/sealed-archive';

/** JSON text that stands for the data of an archive that only its client can open. */
export function sealedDataText(content: Uint8Array): string {
  const base64 = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64');
  return JSON.stringify({ sealed: { format: sealedFormat, content: base64 } });
}
