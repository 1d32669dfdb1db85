import { type SQLInputValue, type SQLOutputValue } from 'node:sqlite';

import { type LockMode } from '@llm-memory-graph/contracts';

import { type ArchiveRecord } from '../archive-store.ts';
import { digestCell, digestOf, idCell, idOf } from './cells.ts';

/** A row of the table `archive` without its key. */
export interface ArchiveRow {
  readonly position: number;
  readonly tenant: string;
  readonly archive_id: SQLOutputValue;
  readonly session_id: SQLOutputValue;
  readonly archived_at: string;
  readonly stored_ms: number;
  readonly requested_days: number;
  readonly retention_days: number;
  readonly expires_ms: number;
  readonly policy_ids: string;
  readonly hold_reason: string | null;
  readonly hold_since_ms: number | null;
  readonly lock_mode: LockMode | null;
  readonly lock_until_ms: number | null;
  readonly tags: string;
  readonly metadata: string;
  readonly digest: SQLOutputValue;
  readonly size: number;
  readonly sealed_by: 'client' | 'server';
  readonly encrypted: number;
  readonly compressed: number;
  readonly revision: number;
  readonly audit_sequence: number;
}

/** The columns of {@link ArchiveRow}. */
export const archiveColumns = `position, tenant, archive_id, session_id, archived_at, stored_ms, requested_days,
  retention_days, expires_ms, policy_ids, hold_reason, hold_since_ms, lock_mode, lock_until_ms, tags, metadata, digest,
  size, sealed_by, encrypted, compressed, revision, audit_sequence`;

export function recordOf(row: ArchiveRow): ArchiveRecord {
  return {
    tenant: row.tenant,
    archiveId: idOf(row.archive_id),
    sessionId: idOf(row.session_id),
    archivedAt: row.archived_at,
    storedAt: new Date(row.stored_ms),
    requestedDays: row.requested_days,
    retentionDays: row.retention_days,
    expiresAt: new Date(row.expires_ms),
    policyIds: JSON.parse(row.policy_ids) as string[],
    hold: row.hold_since_ms === null ? null : { reason: row.hold_reason ?? '', since: new Date(row.hold_since_ms) },
    lock: row.lock_mode === null ? null : { mode: row.lock_mode, until: new Date(row.lock_until_ms ?? 0) },
    tags: JSON.parse(row.tags) as string[],
    metadata: row.metadata,
    digest: digestOf(row.digest),
    size: row.size,
    sealedBy: row.sealed_by,
    encrypted: row.encrypted === 1,
    compressed: row.compressed === 1,
    revision: row.revision,
    auditSequence: row.audit_sequence,
  };
}

const columns: readonly (readonly [name: string, valueOf: (record: ArchiveRecord) => SQLInputValue])[] = [
  ['tenant', ({ tenant }) => tenant],
  ['archive_id', ({ archiveId }) => idCell(archiveId)],
  ['session_id', ({ sessionId }) => idCell(sessionId)],
  ['archived_at', ({ archivedAt }) => archivedAt],
  ['archived_ms', ({ archivedAt }) => Date.parse(archivedAt)],
  ['stored_ms', ({ storedAt }) => storedAt.getTime()],
  ['requested_days', ({ requestedDays }) => requestedDays],
  ['retention_days', ({ retentionDays }) => retentionDays],
  ['expires_ms', ({ expiresAt }) => expiresAt.getTime()],
  ['policy_ids', ({ policyIds }) => JSON.stringify(policyIds)],
  ['hold_reason', ({ hold }) => hold?.reason ?? null],
  ['hold_since_ms', ({ hold }) => hold?.since.getTime() ?? null],
  ['lock_mode', ({ lock }) => lock?.mode ?? null],
  ['lock_until_ms', ({ lock }) => lock?.until.getTime() ?? null],
  ['tags', ({ tags }) => JSON.stringify(tags)],
  ['metadata', ({ metadata }) => metadata],
  ['digest', ({ digest }) => digestCell(digest)],
  ['size', ({ size }) => size],
  ['sealed_by', ({ sealedBy }) => sealedBy],
  ['encrypted', ({ encrypted }) => (encrypted ? 1 : 0)],
  ['compressed', ({ compressed }) => (compressed ? 1 : 0)],
  ['revision', ({ revision }) => revision],
  ['audit_sequence', ({ auditSequence }) => auditSequence],
];

/** The columns that an insert fills, but for `head`. */
export const insertColumns: readonly string[] = columns.map(([name]) => name);

/** What of `record` stands in the {@link insertColumns}, in their order. */
export function valuesOf(record: ArchiveRecord): SQLInputValue[] {
  return columns.map(([, valueOf]) => valueOf(record));
}
