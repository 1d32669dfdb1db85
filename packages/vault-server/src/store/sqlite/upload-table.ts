import { type DatabaseSync } from 'node:sqlite';

import { type NewUpload, type Upload } from '../upload-store.ts';

interface UploadRow {
  readonly upload_id: string;
  readonly tenant: string;
  readonly key: string;
  readonly archive_id: string;
  readonly entry: string;
  readonly length: number | null;
  readonly received: number;
  readonly active_ms: number;
  readonly completed: number;
}

/** Changes expect an open transaction. */
export interface UploadTable {
  find(tenant: string, uploadId: string): Upload | undefined;
  findByKey(tenant: string, key: string): Upload | undefined;
  /** How many of the tenant's are not completed. */
  countOpen(tenant: string): number;
  insert(upload: NewUpload): void;
  /** False when `upload` is not current. */
  advance(upload: Upload, offset: number, at: Date): boolean;
  /** False when `upload` is not current. */
  complete(upload: Upload, at: Date): boolean;
  remove(upload: Upload): void;
  /** Forgets what was uploaded to an archive that is deleted. */
  removeFor(tenant: string, archiveId: string): void;
  inactiveSince(before: Date): Upload[];
  /** Ids of those that are not completed. */
  open(): string[];
}

export function uploadTable(db: DatabaseSync): UploadTable {
  const select = db.prepare('SELECT * FROM upload WHERE tenant = ? AND upload_id = ?');
  const selectByKey = db.prepare('SELECT * FROM upload WHERE tenant = ? AND key = ?');
  const count = db.prepare('SELECT count(*) AS open FROM upload WHERE tenant = ? AND completed = 0');
  const insert = db.prepare(
    `INSERT INTO upload (upload_id, tenant, key, archive_id, entry, length, received, active_ms, completed)
     VALUES (?, ?, ?, ?, ?, ?, 0, ?, 0)`,
  );
  const current = 'WHERE upload_id = ? AND received = ? AND completed = 0';
  const advance = db.prepare(`UPDATE upload SET received = ?, active_ms = ? ${current}`);
  const complete = db.prepare(`UPDATE upload SET completed = 1, active_ms = ? ${current}`);
  const remove = db.prepare('DELETE FROM upload WHERE upload_id = ?');
  const removeFor = db.prepare('DELETE FROM upload WHERE tenant = ? AND archive_id = ? AND completed = 1');
  const inactive = db.prepare('SELECT * FROM upload WHERE active_ms < ?');
  const open = db.prepare('SELECT upload_id FROM upload WHERE completed = 0');
  const one = (row: unknown): Upload | undefined => (row === undefined ? undefined : uploadOf(row as UploadRow));
  return {
    find: (tenant, uploadId) => one(select.get(tenant, uploadId)),
    findByKey: (tenant, key) => one(selectByKey.get(tenant, key)),
    countOpen: (tenant) => count.get(tenant)?.['open'] as number,
    insert: ({ uploadId, tenant, key, archiveId, entry, length, activeAt }) => {
      insert.run(uploadId, tenant, key, archiveId, entry, length, activeAt.getTime());
    },
    advance: ({ uploadId, offset }, next, at) => advance.run(next, at.getTime(), uploadId, offset).changes === 1,
    complete: ({ uploadId, offset }, at) => complete.run(at.getTime(), uploadId, offset).changes === 1,
    remove: ({ uploadId }) => {
      remove.run(uploadId);
    },
    removeFor: (tenant, archiveId) => {
      removeFor.run(tenant, archiveId);
    },
    inactiveSince: (before) => (inactive.all(before.getTime()) as unknown as UploadRow[]).map(uploadOf),
    open: () => open.all().map((row) => row['upload_id'] as string),
  };
}

function uploadOf(row: UploadRow): Upload {
  return {
    uploadId: row.upload_id,
    tenant: row.tenant,
    key: row.key,
    archiveId: row.archive_id,
    entry: row.entry,
    length: row.length,
    offset: row.received,
    activeAt: new Date(row.active_ms),
    completed: row.completed === 1,
  };
}
