import { type DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';

import { type HistoryPage, type HistoryQuery, type PastArchive } from '../archive-store.ts';
import { sessionDigest } from '../session-digest.ts';
import { digestOf, idCell, idOf } from './cells.ts';

interface PastRow {
  readonly position: number;
  readonly archive_id: SQLOutputValue;
  readonly session_id: SQLOutputValue;
  readonly digest: SQLOutputValue;
  readonly size: number;
  readonly stored_ms: number;
  readonly deleted_ms: number | null;
  readonly audit_sequence: number;
}

/** Reads pages of what was held at an instant, from archives and tombstones, which share the order of storing. */
export function archiveHistory(db: DatabaseSync): (tenant: string, query: HistoryQuery) => HistoryPage {
  const statement = (ofSession: boolean): StatementSync =>
    db.prepare(
      `SELECT position, archive_id, session_id, digest, size, stored_ms, NULL AS deleted_ms, audit_sequence
         FROM archive WHERE tenant = ? AND position > ? AND stored_ms <= ? ${ofSession ? 'AND session_id = ?' : ''}
       UNION ALL
       SELECT position, archive_id, NULL, digest, size, stored_ms, deleted_ms, audit_sequence
         FROM tombstone WHERE tenant = ? AND position > ? AND stored_ms <= ? ${ofSession ? 'AND session = ?' : ''}
           AND deleted_ms > ?
       ORDER BY position LIMIT ?`,
    );
  const ofAll = statement(false);
  const ofOne = statement(true);
  return (tenant, { at, sessionId, after = 0, limit }) => {
    const [ms, common] = [at.getTime(), [tenant, after, at.getTime()]];
    const session = (id: (sessionId: string) => SQLInputValue): SQLInputValue[] =>
      sessionId === undefined ? [] : [id(sessionId)];
    const archives = [...common, ...session(idCell)];
    const tombstones = [...common, ...session((id) => Buffer.from(sessionDigest(tenant, id), 'hex')), ms];
    const rows = (sessionId === undefined ? ofAll : ofOne).all(
      ...archives,
      ...tombstones,
      limit + 1,
    ) as unknown as PastRow[];
    const page = rows.slice(0, limit);
    return { archives: page.map(pastArchive), next: rows.length > limit ? page.at(-1)?.position : undefined };
  };
}

function pastArchive(row: PastRow): PastArchive {
  return {
    archiveId: idOf(row.archive_id),
    sessionId: row.session_id === null ? null : idOf(row.session_id),
    digest: digestOf(row.digest),
    size: row.size,
    storedAt: new Date(row.stored_ms),
    deletedAt: row.deleted_ms === null ? null : new Date(row.deleted_ms),
    auditSequence: row.audit_sequence,
  };
}
