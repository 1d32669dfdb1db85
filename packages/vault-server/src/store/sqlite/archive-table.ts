import { type DatabaseSync } from 'node:sqlite';

import {
  type ArchiveChange,
  type ArchiveRecord,
  type FindResult,
  type InsertResult,
  type NewArchive,
} from '../archive-store.ts';
import { type UploadedArchive } from '../upload-store.ts';
import { archiveColumns, parametersOf, recordOf, type ArchiveRow } from './archive-row.ts';
import { idCell } from './cells.ts';
import { type PackedBody, type PackTable } from './pack-table.ts';

/** Where the sealed bytes are: the header always in its row, the rest in a pack or in a file. */
export interface ContentPlace {
  readonly head: Uint8Array;
  readonly body: Uint8Array | undefined;
  readonly file: string | null;
}

/** An archive that was erased: the file that held its content, if it had one. */
export interface Erased {
  readonly file: string | undefined;
  readonly headBytes: number;
}

interface ContentRow {
  readonly position: number;
  readonly head: Uint8Array;
  readonly file: string | null;
}

/** Changes expect an open transaction. */
export interface ArchiveTable {
  find(tenant: string, archiveId: string): FindResult;
  content(tenant: string, archiveId: string): ContentPlace | undefined;
  /** For each archive what its id led to: nothing new where it is held or was deleted, or comes twice. */
  insert(archives: readonly NewArchive[]): InsertResult[];
  /** The content, but for its head, is the file. */
  insertWithFile(archive: UploadedArchive, file: string): void;
  /** The record after the change, `undefined` when `record` is not current. */
  update(record: ArchiveRecord, change: ArchiveChange): ArchiveRecord | undefined;
  /** `undefined` when `record` is not current. */
  erase(record: ArchiveRecord, at: Date): Erased | undefined;
  /** The files that hold content. */
  files(): string[];
}

/** @param touched called with the position of a pack that is new or changed */
export function archiveTable(db: DatabaseSync, packs: PackTable, touched: (position: number) => void): ArchiveTable {
  const select = db.prepare(`SELECT ${archiveColumns} FROM archive WHERE tenant = ? AND archive_id = ?`);
  const selectTombstone = db.prepare('SELECT deleted_ms FROM tombstone WHERE tenant = ? AND archive_id = ?');
  const selectContent = db.prepare(
    `SELECT position, head, file FROM archive LEFT JOIN content_file USING (position)
     WHERE tenant = ? AND archive_id = ?`,
  );
  const insert = db.prepare(
    `INSERT INTO archive (tenant, archive_id, session_id, archived_at, archived_ms, stored_ms, requested_days,
       retention_days, expires_ms, policy_id, hold_reason, hold_since_ms, tags, metadata, digest, size, sealed_by,
       encrypted, compressed, revision, head)
     VALUES (:tenant, :archive_id, :session_id, :archived_at, :archived_ms, :stored_ms, :requested_days,
       :retention_days, :expires_ms, :policy_id, :hold_reason, :hold_since_ms, :tags, :metadata, :digest, :size,
       :sealed_by, :encrypted, :compressed, :revision, :head)`,
  );
  const insertFile = db.prepare('INSERT INTO content_file (position, file) VALUES (?, ?)');
  const insertTag = db.prepare('INSERT OR IGNORE INTO tag (tenant, tag, position) VALUES (?, ?, ?)');
  const change = db.prepare(
    `UPDATE archive SET retention_days = ?, expires_ms = ?, policy_id = ?, hold_reason = ?, hold_since_ms = ?,
       revision = revision + 1
     WHERE tenant = ? AND archive_id = ? AND revision = ?`,
  );
  const remove = db.prepare(
    'DELETE FROM archive WHERE tenant = ? AND archive_id = ? AND revision = ? RETURNING position, tags, length(head) AS head_bytes',
  );
  const removeFile = db.prepare('DELETE FROM content_file WHERE position = ? RETURNING file');
  const selectFiles = db.prepare('SELECT file FROM content_file');
  const removeTag = db.prepare('DELETE FROM tag WHERE tenant = ? AND tag = ? AND position = ?');
  const bury = db.prepare('INSERT INTO tombstone (tenant, archive_id, deleted_ms) VALUES (?, ?, ?)');

  const find = (tenant: string, archiveId: string): FindResult => {
    const id = idCell(archiveId);
    const row = select.get(tenant, id);
    if (row) return { outcome: 'held', record: recordOf(row as unknown as ArchiveRow) };
    const grave = selectTombstone.get(tenant, id) as { deleted_ms: number } | undefined;
    return grave
      ? { outcome: 'deleted', tombstone: { archiveId, deletedAt: new Date(grave.deleted_ms) } }
      : { outcome: 'absent' };
  };

  const insertRow = (record: ArchiveRecord, head: Uint8Array): number => {
    const position = Number(insert.run({ ...parametersOf(record), head }).lastInsertRowid);
    for (const tag of record.tags) insertTag.run(record.tenant, tag, position);
    return position;
  };

  return {
    find,
    content: (tenant, archiveId) => {
      const row = selectContent.get(tenant, idCell(archiveId)) as unknown as ContentRow | undefined;
      return row && { head: row.head, file: row.file, body: packs.body(row.position) };
    },
    insert: (batch) => {
      const bodies: PackedBody[] = [];
      const results = batch.map(({ record, content, headerBytes }): InsertResult => {
        const found = find(record.tenant, record.archiveId);
        if (found.outcome !== 'absent') return found;
        const position = insertRow(record, content.subarray(0, headerBytes));
        bodies.push({ position, body: content.subarray(headerBytes) });
        return { outcome: 'stored', record };
      });
      packs.put(bodies);
      if (bodies[0]) touched(bodies[0].position);
      return results;
    },
    insertWithFile: ({ record, head }, file) => {
      insertFile.run(insertRow(record, head), file);
    },
    update: (record, next) => {
      const { changes } = change.run(
        next.retentionDays,
        next.expiresAt.getTime(),
        next.policyId,
        next.hold?.reason ?? null,
        next.hold?.since.getTime() ?? null,
        record.tenant,
        idCell(record.archiveId),
        record.revision,
      );
      return changes === 1 ? { ...record, ...next, revision: record.revision + 1 } : undefined;
    },
    erase: (record, at) => {
      const { tenant, revision } = record;
      const id = idCell(record.archiveId);
      const row = remove.get(tenant, id, revision) as
        { position: number; tags: string; head_bytes: number } | undefined;
      if (!row) return undefined;
      packs.remove(row.position);
      touched(row.position);
      const file = removeFile.get(row.position)?.['file'] as string | undefined;
      for (const tag of JSON.parse(row.tags) as string[]) removeTag.run(tenant, tag, row.position);
      bury.run(tenant, id, at.getTime());
      return { file, headBytes: row.head_bytes };
    },
    files: () => selectFiles.all().map((row) => row['file'] as string),
  };
}
