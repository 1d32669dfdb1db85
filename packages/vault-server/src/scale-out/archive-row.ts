import { hash } from 'node:crypto';

import { type LegalHold, type LockMode } from '@llm-memory-graph/contracts';

import { type ArchiveRecord } from '../store/archive-store.ts';
import { labelsOf } from '../store/labels.ts';
import { type Extent } from './extent.ts';

/** A row of the table `archive`, as `pg` gives it. */
export interface ArchiveRow {
  readonly tenant: string;
  readonly archive_id: string;
  readonly session_id: string;
  readonly archived_at: string;
  readonly stored_ms: string;
  readonly requested_days: number;
  readonly retention_days: number;
  readonly expires_ms: string;
  readonly policy_ids: string;
  readonly hold: string | null;
  readonly lock_mode: LockMode | null;
  readonly lock_until_ms: string | null;
  readonly tags: string;
  readonly metadata: string;
  readonly digest: string;
  readonly size: string;
  readonly sealed_by: 'client' | 'server';
  readonly encrypted: boolean;
  readonly compressed: boolean;
  readonly revision: number;
  readonly audit_sequence: string;
  readonly extents: readonly Extent[];
}

/** What is written of a record, and the types of its columns for `json_to_recordset`. */
export const archiveColumns = `tenant text, archive_id text, session_id text, archived_at text, archived_ms bigint,
  stored_ms bigint, requested_days integer, retention_days integer, expires_ms bigint, policy_ids text, hold text,
  lock_mode text, lock_until_ms bigint, tags text, metadata text, labels text[], digest text, size bigint,
  sealed_by text, encrypted boolean, compressed boolean, revision integer, audit_sequence bigint, extents jsonb`;

export function recordOf(row: ArchiveRow): ArchiveRecord {
  return {
    tenant: row.tenant,
    archiveId: row.archive_id,
    sessionId: row.session_id,
    archivedAt: row.archived_at,
    storedAt: new Date(Number(row.stored_ms)),
    requestedDays: row.requested_days,
    retentionDays: row.retention_days,
    expiresAt: new Date(Number(row.expires_ms)),
    policyIds: JSON.parse(row.policy_ids) as string[],
    hold: holdOf(row.hold),
    lock: row.lock_mode === null ? null : { mode: row.lock_mode, until: new Date(Number(row.lock_until_ms)) },
    tags: JSON.parse(row.tags) as string[],
    metadata: row.metadata,
    digest: row.digest,
    size: Number(row.size),
    sealedBy: row.sealed_by,
    encrypted: row.encrypted,
    compressed: row.compressed,
    revision: row.revision,
    auditSequence: Number(row.audit_sequence),
  };
}

function holdOf(text: string | null): LegalHold | null {
  if (text === null) return null;
  const { reason, since } = JSON.parse(text) as { reason: string; since: number };
  return { reason, since: new Date(since) };
}

const longestLabel = 500;

/** A label as the index keeps it, which has no room for long ones. */
export function indexable(label: string): string {
  return Buffer.byteLength(label) > longestLabel ? `sha256:${hash('sha256', label, 'hex')}` : label;
}

/** The columns that a change of a record changes. */
export function changingColumns(
  record: Pick<ArchiveRecord, 'retentionDays' | 'expiresAt' | 'policyIds' | 'hold' | 'lock' | 'tags' | 'metadata'>,
) {
  const { hold, lock } = record;
  return {
    retention_days: record.retentionDays,
    expires_ms: record.expiresAt.getTime(),
    policy_ids: JSON.stringify(record.policyIds),
    hold: hold && JSON.stringify({ reason: hold.reason, since: hold.since.getTime() }),
    lock_mode: lock?.mode ?? null,
    lock_until_ms: lock?.until.getTime() ?? null,
    labels: labelsOf(record).map(indexable),
  };
}

export function rowOf(record: ArchiveRecord, extents: readonly Extent[]): object {
  return {
    ...changingColumns(record),
    tenant: record.tenant,
    archive_id: record.archiveId,
    session_id: record.sessionId,
    archived_at: record.archivedAt,
    archived_ms: Date.parse(record.archivedAt),
    stored_ms: record.storedAt.getTime(),
    requested_days: record.requestedDays,
    tags: JSON.stringify(record.tags),
    metadata: record.metadata,
    digest: record.digest,
    size: record.size,
    sealed_by: record.sealedBy,
    encrypted: record.encrypted,
    compressed: record.compressed,
    revision: record.revision,
    audit_sequence: record.auditSequence,
    extents,
  };
}
