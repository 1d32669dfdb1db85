import { type AuditEvent } from '../audit/audit-entry.ts';
import { expiryOf } from '../retention/expiry.ts';
import { type ArchiveRecord, type NewArchive, type NewRecordAndEvent } from '../store/archive-store.ts';

/** What decides the record of a new archive; the rest follows. */
export type NewRecord = Omit<
  ArchiveRecord,
  'requestedDays' | 'expiresAt' | 'policyIds' | 'hold' | 'lock' | 'revision' | 'size' | 'auditSequence'
>;

/** A new archive with its record and its audit event. */
export function newArchive(given: NewRecord, content: Uint8Array, headerBytes: number, actor: string): NewArchive {
  return { ...newRecord(given, content.length, actor), content, headerBytes };
}

/** The record of `size` sealed bytes and its audit event. */
export function newRecord(given: NewRecord, size: number, actor: string): NewRecordAndEvent {
  const { archiveId, digest, retentionDays, sealedBy, storedAt } = given;
  const event: AuditEvent = {
    at: storedAt,
    actor,
    action: 'archive',
    subject: archiveId,
    detail: { digest, size, retention_days: retentionDays, sealed_by: sealedBy },
  };
  const record = {
    ...given,
    size,
    requestedDays: retentionDays,
    expiresAt: expiryOf(storedAt, retentionDays),
    policyIds: [],
    hold: null,
    lock: null,
    revision: 1,
  };
  return { record, event };
}
