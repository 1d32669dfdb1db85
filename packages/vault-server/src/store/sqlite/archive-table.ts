import { type DatabaseSync, type SQLInputValue } from 'node:sqlite';

import {
  type ArchiveChange,
  type ArchiveRecord,
  type FindResult,
  type InsertResult,
  type NewArchive,
  type NewHeader,
} from '../archive-store.ts';
import { labelsOf } from '../labels.ts';
import { archiveColumns, insertColumns, recordOf, valuesOf, type ArchiveRow } from './archive-row.ts';
import { digestCell, idCell, labelCell } from './cells.ts';
import { type PackedBody, type PackTable } from './pack-table.ts';
import { tombstoneTable } from './tombstone-table.ts';

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
  /**
   * For each archive what its id led to: nothing new where it is held or was deleted, or comes twice.
   *
   * @param sequenceOf called once for each that is stored, in order
   */
  insert(archives: readonly NewArchive[], sequenceOf: (tenant: string) => number): InsertResult[];
  /** The content, but for its head, is the file. */
  insertWithFile(record: ArchiveRecord, head: Uint8Array, file: string): void;
  /** The record after the change, `undefined` when `record` is not current. */
  update(record: ArchiveRecord, change: ArchiveChange): ArchiveRecord | undefined;
  /** The same for its header. */
  rewrap(record: ArchiveRecord, header: NewHeader): ArchiveRecord | undefined;
  /** `undefined` when `record` is not current. */
  erase(record: ArchiveRecord, at: Date, auditSequence: number): Erased | undefined;
  /** The files that hold content. */
  files(): string[];
}

/** @param touched called with the position of a pack that is new or changed */
export function archiveTable(db: DatabaseSync, packs: PackTable, touched: (position: number) => void): ArchiveTable {
  const select = db.prepare(`SELECT ${archiveColumns} FROM archive WHERE tenant = ? AND archive_id = ?`);
  const tombstones = tombstoneTable(db);
  const selectContent = db.prepare(
    `SELECT position, head, file FROM archive LEFT JOIN content_file USING (position)
     WHERE tenant = ? AND archive_id = ?`,
  );
  // By place: looking each name up costs as much as the insert itself.
  const insert = db.prepare(
    `INSERT INTO archive (${insertColumns.join(', ')}, head) VALUES (${insertColumns.map(() => '?').join(', ')}, ?)`,
  );
  const insertFile = db.prepare('INSERT INTO content_file (position, file) VALUES (?, ?)');
  const insertLabel = db.prepare('INSERT OR IGNORE INTO label (tenant, label, position) VALUES (?, ?, ?)');
  const change = db.prepare(
    `UPDATE archive SET retention_days = ?, expires_ms = ?, policy_ids = ?, hold_reason = ?, hold_since_ms = ?,
       lock_mode = ?, lock_until_ms = ?, revision = revision + 1
     WHERE tenant = ? AND archive_id = ? AND revision = ? RETURNING position`,
  );
  const exchange = db.prepare(
    `UPDATE archive SET head = ?, digest = ?, size = ?, revision = revision + 1
     WHERE tenant = ? AND archive_id = ? AND revision = ?`,
  );
  const remove = db.prepare(
    'DELETE FROM archive WHERE tenant = ? AND archive_id = ? AND revision = ? RETURNING position, length(head) AS head_bytes',
  );
  const removeFile = db.prepare('DELETE FROM content_file WHERE position = ? RETURNING file');
  const selectFiles = db.prepare('SELECT file FROM content_file');
  const removeLabel = db.prepare('DELETE FROM label WHERE tenant = ? AND label = ? AND position = ?');

  const find = (tenant: string, archiveId: string): FindResult => {
    const id = idCell(archiveId);
    const row = select.get(tenant, id);
    if (row) return { outcome: 'held', record: recordOf(row as unknown as ArchiveRow) };
    const tombstone = tombstones.find(tenant, archiveId);
    return tombstone ? { outcome: 'deleted', tombstone } : { outcome: 'absent' };
  };

  /** @param cells of labels met before: those of a batch are mostly the same */
  const label = (record: ArchiveRecord, position: number, cells = new Map<string, SQLInputValue>()): void => {
    for (const one of labelsOf(record)) {
      const cell = cells.get(one) ?? labelCell(one);
      cells.set(one, cell);
      insertLabel.run(record.tenant, cell, position);
    }
  };

  const insertRow = (record: ArchiveRecord, head: Uint8Array, cells?: Map<string, SQLInputValue>): number => {
    const position = Number(insert.run(...valuesOf(record), head).lastInsertRowid);
    label(record, position, cells);
    return position;
  };

  return {
    find,
    content: (tenant, archiveId) => {
      const row = selectContent.get(tenant, idCell(archiveId)) as unknown as ContentRow | undefined;
      return row && { head: row.head, file: row.file, body: packs.body(row.position) };
    },
    insert: (batch, sequenceOf) => {
      const bodies: PackedBody[] = [];
      const cells = new Map<string, SQLInputValue>();
      const results = batch.map(({ record: given, content, headerBytes }): InsertResult => {
        const found = find(given.tenant, given.archiveId);
        if (found.outcome !== 'absent') return found;
        const record = { ...given, auditSequence: sequenceOf(given.tenant) };
        const position = insertRow(record, content.subarray(0, headerBytes), cells);
        bodies.push({ position, body: content.subarray(headerBytes) });
        return { outcome: 'stored', record };
      });
      packs.put(bodies);
      if (bodies[0]) touched(bodies[0].position);
      return results;
    },
    insertWithFile: (record, head, file) => {
      insertFile.run(insertRow(record, head), file);
    },
    update: (record, next) => {
      const row = change.get(
        next.retentionDays,
        next.expiresAt.getTime(),
        JSON.stringify(next.policyIds),
        next.hold?.reason ?? null,
        next.hold?.since.getTime() ?? null,
        next.lock?.mode ?? null,
        next.lock?.until.getTime() ?? null,
        record.tenant,
        idCell(record.archiveId),
        record.revision,
      );
      if (!row) return undefined;
      const updated = { ...record, ...next, revision: record.revision + 1 };
      label(updated, row['position'] as number);
      return updated;
    },
    rewrap: (record, { header, digest, size }) => {
      const { tenant, archiveId, revision } = record;
      const { changes } = exchange.run(header, digestCell(digest), size, tenant, idCell(archiveId), revision);
      return changes === 1 ? { ...record, digest, size, revision: revision + 1 } : undefined;
    },
    erase: (record, at, auditSequence) => {
      const { tenant, revision } = record;
      const id = idCell(record.archiveId);
      const row = remove.get(tenant, id, revision) as { position: number; head_bytes: number } | undefined;
      if (!row) return undefined;
      packs.remove(row.position);
      touched(row.position);
      const file = removeFile.get(row.position)?.['file'] as string | undefined;
      for (const one of labelsOf(record)) removeLabel.run(tenant, labelCell(one), row.position);
      tombstones.insert(row.position, record, at, auditSequence);
      return { file, headBytes: row.head_bytes };
    },
    files: () => selectFiles.all().map((row) => row['file'] as string),
  };
}
