import { type PostgresQuery } from '@llm-memory-graph/service/postgres';

import { type ArchiveStore, type PastArchive } from '../store/archive-store.ts';
import { wantedLabels } from '../store/labels.ts';
import { sessionDigest } from '../store/session-digest.ts';
import { indexable, recordOf, type ArchiveRow } from './archive-row.ts';

interface PastRow {
  readonly position: string;
  readonly archive_id: string;
  readonly session_id: string | null;
  readonly digest: string;
  readonly size: string;
  readonly stored_ms: string;
  readonly deleted_ms: string | null;
  readonly audit_sequence: string;
}

function pastArchiveOf(row: PastRow): PastArchive {
  return {
    archiveId: row.archive_id,
    sessionId: row.session_id,
    digest: row.digest,
    size: Number(row.size),
    storedAt: new Date(Number(row.stored_ms)),
    deletedAt: row.deleted_ms === null ? null : new Date(Number(row.deleted_ms)),
    auditSequence: Number(row.audit_sequence),
  };
}

/**
 * Lists in the order of arrival, which is that of the audit chain: entries become visible in its order, so that nobody
 * who pages through a list misses what another process is just storing.
 */
export function archiveLists(query: PostgresQuery, schema: string): Pick<ArchiveStore, 'list' | 'history' | 'count'> {
  return {
    list: async (tenant, wanted) => {
      const conditions = ['tenant = $1', 'audit_sequence > $2'];
      const values: unknown[] = [tenant, wanted.after ?? 0];
      const where = (condition: string, value: unknown): void => {
        if (value === undefined) return;
        values.push(value);
        conditions.push(condition.replace('?', `$${values.length}`));
      };
      where('session_id = ?', wanted.sessionId);
      where('archived_ms < ?', wanted.archivedBefore?.getTime());
      where('archived_ms >= ?', wanted.archivedAfter?.getTime());
      where('expires_ms < ?', wanted.expiresBefore?.getTime());
      where('sealed_by = ?', wanted.sealedBy);
      where('(hold IS NOT NULL) = ?', wanted.held);
      for (const some of wantedLabels(wanted)) where('labels && ?::text[]', some.map(indexable));
      values.push(wanted.limit + 1);
      const rows = await query<ArchiveRow>(
        `SELECT * FROM ${schema}.archive WHERE ${conditions.join(' AND ')} ORDER BY audit_sequence LIMIT $${values.length}`,
        values,
      );
      const page = rows.slice(0, wanted.limit);
      const last = page.at(-1)?.audit_sequence;
      return { records: page.map(recordOf), next: rows.length > wanted.limit ? Number(last) : undefined };
    },
    history: async (tenant, { at, sessionId, after = 0, limit }) => {
      const held = sessionId === undefined ? '' : 'AND session_id = $5';
      const gone = sessionId === undefined ? '' : 'AND session = $6';
      const values = [tenant, after, at.getTime(), limit + 1];
      if (sessionId !== undefined) values.push(...([sessionId, sessionDigest(tenant, sessionId)] as never[]));
      const rows = await query<PastRow>(
        `(SELECT audit_sequence AS position, archive_id, session_id, digest, size, stored_ms, NULL AS deleted_ms,
            audit_sequence
          FROM ${schema}.archive WHERE tenant = $1 AND audit_sequence > $2 AND stored_ms <= $3 ${held}
          ORDER BY 1 LIMIT $4)
         UNION ALL
         (SELECT position, archive_id, NULL, digest, size, stored_ms, deleted_ms, audit_sequence
          FROM ${schema}.tombstone
          WHERE tenant = $1 AND position > $2 AND stored_ms <= $3 AND deleted_ms > $3 ${gone} ORDER BY 1 LIMIT $4)
         ORDER BY position LIMIT $4`,
        values,
      );
      const page = rows.slice(0, limit);
      const last = page.at(-1)?.position;
      return { archives: page.map(pastArchiveOf), next: rows.length > limit ? Number(last) : undefined };
    },
    count: async (tenant) => {
      const [row] = await query<{ archives: string }>(
        `SELECT count(*) AS archives FROM ${schema}.archive WHERE tenant = $1`,
        [tenant],
      );
      return Number(row?.archives);
    },
  };
}
