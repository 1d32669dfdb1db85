import { type DatabaseSync, type SQLOutputValue } from 'node:sqlite';

import { type ArchiveRecord, type Tombstone } from '../archive-store.ts';
import { sessionDigest } from '../session-digest.ts';
import { digestCell, digestOf, hexOf, idCell, idOf } from './cells.ts';

interface TombstoneRow {
  readonly archive_id: SQLOutputValue;
  readonly session: SQLOutputValue;
  readonly digest: SQLOutputValue;
  readonly size: number;
  readonly stored_ms: number;
  readonly deleted_ms: number;
  readonly audit_sequence: number;
}

export interface TombstoneTable {
  find(tenant: string, archiveId: string): Tombstone | undefined;
  /** Expects an open transaction. */
  insert(position: number, record: ArchiveRecord, at: Date, auditSequence: number): void;
}

export function tombstoneTable(db: DatabaseSync): TombstoneTable {
  const select = db.prepare('SELECT * FROM tombstone WHERE tenant = ? AND archive_id = ?');
  const insert = db.prepare(
    `INSERT INTO tombstone (position, tenant, archive_id, session, digest, size, stored_ms, deleted_ms, audit_sequence)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return {
    find: (tenant, archiveId) => {
      const row = select.get(tenant, idCell(archiveId));
      return row && tombstoneOf(row as unknown as TombstoneRow);
    },
    insert: (position, { tenant, archiveId, sessionId, digest, size, storedAt }, at, auditSequence) => {
      const session = Buffer.from(sessionDigest(tenant, sessionId), 'hex');
      insert.run(
        ...[position, tenant, idCell(archiveId), session, digestCell(digest), size],
        ...[storedAt.getTime(), at.getTime(), auditSequence],
      );
    },
  };
}

function tombstoneOf(row: TombstoneRow): Tombstone {
  return {
    archiveId: idOf(row.archive_id),
    session: hexOf(row.session),
    digest: digestOf(row.digest),
    size: row.size,
    storedAt: new Date(row.stored_ms),
    deletedAt: new Date(row.deleted_ms),
    auditSequence: row.audit_sequence,
  };
}
