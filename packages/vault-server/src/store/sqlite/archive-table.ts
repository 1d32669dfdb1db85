import { type DatabaseSync } from 'node:sqlite';

import { type ArchiveChange, type ArchiveRecord, type FindResult, type NewArchive } from '../archive-store.ts';
import { archiveColumns, parametersOf, recordOf, type ArchiveRow } from './archive-row.ts';

/** Changes expect an open transaction. */
export interface ArchiveTable {
  find(tenant: string, archiveId: string): FindResult;
  content(tenant: string, archiveId: string): Uint8Array | undefined;
  insert(archive: NewArchive): void;
  /** The record after the change, `undefined` when `record` is not current. */
  update(record: ArchiveRecord, change: ArchiveChange): ArchiveRecord | undefined;
  /** False when `record` is not current. */
  erase(record: ArchiveRecord, at: Date): boolean;
}

export function archiveTable(db: DatabaseSync): ArchiveTable {
  const select = db.prepare(`SELECT ${archiveColumns} FROM archive WHERE tenant = ? AND archive_id = ?`);
  const selectTombstone = db.prepare('SELECT deleted_ms FROM tombstone WHERE tenant = ? AND archive_id = ?');
  const selectContent = db.prepare(
    'SELECT head, body FROM archive JOIN content USING (position) WHERE tenant = ? AND archive_id = ?',
  );
  const insert = db.prepare(
    `INSERT INTO archive (tenant, archive_id, session_id, archived_at, archived_ms, stored_ms, requested_days,
       retention_days, expires_ms, policy_id, hold_reason, hold_since_ms, tags, metadata, digest, size, sealed_by,
       encrypted, compressed, revision, head)
     VALUES (:tenant, :archive_id, :session_id, :archived_at, :archived_ms, :stored_ms, :requested_days,
       :retention_days, :expires_ms, :policy_id, :hold_reason, :hold_since_ms, :tags, :metadata, :digest, :size,
       :sealed_by, :encrypted, :compressed, :revision, :head)`,
  );
  const insertContent = db.prepare('INSERT INTO content (position, body) VALUES (?, ?)');
  const insertTag = db.prepare('INSERT OR IGNORE INTO tag (tenant, tag, position) VALUES (?, ?, ?)');
  const change = db.prepare(
    `UPDATE archive SET retention_days = ?, expires_ms = ?, policy_id = ?, hold_reason = ?, hold_since_ms = ?,
       revision = revision + 1
     WHERE tenant = ? AND archive_id = ? AND revision = ?`,
  );
  const remove = db.prepare(
    'DELETE FROM archive WHERE tenant = ? AND archive_id = ? AND revision = ? RETURNING position, tags',
  );
  const removeContent = db.prepare('DELETE FROM content WHERE position = ?');
  const removeTag = db.prepare('DELETE FROM tag WHERE tenant = ? AND tag = ? AND position = ?');
  const bury = db.prepare('INSERT INTO tombstone (tenant, archive_id, deleted_ms) VALUES (?, ?, ?)');

  const find = (tenant: string, archiveId: string): FindResult => {
    const row = select.get(tenant, archiveId);
    if (row) return { outcome: 'held', record: recordOf(row as unknown as ArchiveRow) };
    const grave = selectTombstone.get(tenant, archiveId) as { deleted_ms: number } | undefined;
    return grave
      ? { outcome: 'deleted', tombstone: { archiveId, deletedAt: new Date(grave.deleted_ms) } }
      : { outcome: 'absent' };
  };

  return {
    find,
    content: (tenant, archiveId) => {
      const row = selectContent.get(tenant, archiveId) as { head: Uint8Array; body: Uint8Array } | undefined;
      return row && joined(row.head, row.body);
    },
    insert: ({ record, content, headerBytes }) => {
      const head = content.subarray(0, headerBytes);
      const position = Number(insert.run({ ...parametersOf(record), head }).lastInsertRowid);
      insertContent.run(position, content.subarray(headerBytes));
      for (const tag of record.tags) insertTag.run(record.tenant, tag, position);
    },
    update: (record, next) => {
      const { changes } = change.run(
        next.retentionDays,
        next.expiresAt.getTime(),
        next.policyId,
        next.hold?.reason ?? null,
        next.hold?.since.getTime() ?? null,
        record.tenant,
        record.archiveId,
        record.revision,
      );
      return changes === 1 ? { ...record, ...next, revision: record.revision + 1 } : undefined;
    },
    erase: (record, at) => {
      const { tenant, archiveId, revision } = record;
      const row = remove.get(tenant, archiveId, revision) as { position: number; tags: string } | undefined;
      if (!row) return false;
      removeContent.run(row.position);
      for (const tag of JSON.parse(row.tags) as string[]) removeTag.run(tenant, tag, row.position);
      bury.run(tenant, archiveId, at.getTime());
      return true;
    },
  };
}

function joined(head: Uint8Array, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}
