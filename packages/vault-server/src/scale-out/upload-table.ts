import { type PostgresQuery } from '@llm-memory-graph/service/postgres';

import { type NewUpload, type Upload } from '../store/upload-store.ts';
import { type Extent } from './extent.ts';
import { type ObjectPart } from './object-storage.ts';

/** Where the bytes of an upload are: in order, its front, its extents, its parts, its tail. */
export interface UploadPlace {
  /** The first bytes, which hold the wrapped data key: they are never in an object. */
  readonly front: Buffer;
  readonly extents: readonly Extent[];
  /** The multipart upload that is under way. */
  readonly partsKey: string | null;
  readonly partsId: string | null;
  readonly parts: readonly UploadedPart[];
  /** Objects that are too small to be parts. */
  readonly tail: readonly Extent[];
}

export interface UploadedPart extends ObjectPart {
  readonly bytes: number;
}

export interface PlacedUpload {
  readonly upload: Upload;
  readonly place: UploadPlace;
}

interface Row {
  readonly upload_id: string;
  readonly tenant: string;
  readonly key: string;
  readonly archive_id: string;
  readonly entry: string;
  readonly length: string | null;
  readonly received: string;
  readonly active_ms: string;
  readonly completed: boolean;
  readonly front: Buffer;
  readonly extents: readonly Extent[];
  readonly parts_key: string | null;
  readonly parts_id: string | null;
  readonly parts: readonly UploadedPart[];
  readonly tail: readonly Extent[];
}

export interface UploadTable {
  find(query: PostgresQuery, tenant: string, uploadId: string): Promise<PlacedUpload | undefined>;
  /** The same, and nobody else changes it until the transaction ends. */
  lock(query: PostgresQuery, upload: Upload): Promise<PlacedUpload | undefined>;
  findByKey(query: PostgresQuery, tenant: string, key: string): Promise<Upload | undefined>;
  /** How many of the tenant's are not completed; nobody else counts them until the transaction ends. */
  countOpen(query: PostgresQuery, tenant: string): Promise<number>;
  insert(query: PostgresQuery, upload: NewUpload): Promise<void>;
  save(query: PostgresQuery, upload: Upload, place: UploadPlace): Promise<void>;
  /** A number above all that were given out before, so that two processes never write the same part. */
  nextPart(query: PostgresQuery, upload: Upload): Promise<number>;
  remove(query: PostgresQuery, uploadId: string): Promise<void>;
  /** Forgets what was uploaded to an archive that is deleted. */
  removeFor(query: PostgresQuery, tenant: string, archiveId: string): Promise<void>;
  inactiveSince(query: PostgresQuery, before: Date): Promise<Upload[]>;
}

/** Nowhere: of an upload that has no bytes, or not any more. */
export const nowhere: UploadPlace = {
  front: Buffer.alloc(0),
  extents: [],
  partsKey: null,
  partsId: null,
  parts: [],
  tail: [],
};

export function uploadTable(schema: string): UploadTable {
  const table = `${schema}.upload`;
  const one = async (query: PostgresQuery, condition: string, values: unknown[]): Promise<PlacedUpload | undefined> => {
    const [row] = await query<Row>(`SELECT * FROM ${table} WHERE ${condition}`, values);
    return row && placedOf(row);
  };
  return {
    find: (query, tenant, uploadId) => one(query, 'tenant = $1 AND upload_id = $2', [tenant, uploadId]),
    lock: (query, { tenant, uploadId }) => one(query, 'tenant = $1 AND upload_id = $2 FOR UPDATE', [tenant, uploadId]),
    findByKey: async (query, tenant, key) => (await one(query, 'tenant = $1 AND key = $2', [tenant, key]))?.upload,
    countOpen: async (query, tenant) => {
      await query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${table}/${tenant}`]);
      const [row] = await query<{ open: string }>(
        `SELECT count(*) AS open FROM ${table} WHERE tenant = $1 AND NOT completed`,
        [tenant],
      );
      return Number(row?.open);
    },
    insert: async (query, { uploadId, tenant, key, archiveId, entry, length, activeAt }) => {
      await query(
        `INSERT INTO ${table} VALUES ($1, $2, $3, $4, $5, $6, 0, $7, false, '', '[]', NULL, NULL, 1, '[]', '[]')`,
        [uploadId, tenant, key, archiveId, entry, length, activeAt.getTime()],
      );
    },
    save: async (query, { uploadId, offset, activeAt, completed }, place) => {
      await query(
        `UPDATE ${table} SET received = $2, active_ms = $3, completed = $4, front = $5, extents = $6, parts_key = $7,
           parts_id = $8, parts = $9, tail = $10
         WHERE upload_id = $1`,
        [
          uploadId,
          offset,
          activeAt.getTime(),
          completed,
          place.front,
          JSON.stringify(place.extents),
          place.partsKey,
          place.partsId,
          JSON.stringify(place.parts),
          JSON.stringify(place.tail),
        ],
      );
    },
    nextPart: async (query, { uploadId }) => {
      const [row] = await query<{ number: number }>(
        `UPDATE ${table} SET next_part = next_part + 1 WHERE upload_id = $1 RETURNING next_part - 1 AS number`,
        [uploadId],
      );
      return row?.number ?? 1;
    },
    remove: async (query, uploadId) => {
      await query(`DELETE FROM ${table} WHERE upload_id = $1`, [uploadId]);
    },
    removeFor: async (query, tenant, archiveId) => {
      await query(`DELETE FROM ${table} WHERE tenant = $1 AND archive_id = $2 AND completed`, [tenant, archiveId]);
    },
    inactiveSince: async (query, before) => {
      const rows = await query<Row>(`SELECT * FROM ${table} WHERE active_ms < $1`, [before.getTime()]);
      return rows.map((row) => placedOf(row).upload);
    },
  };
}

function placedOf(row: Row): PlacedUpload {
  const { front, extents, parts_key: partsKey, parts_id: partsId, parts, tail } = row;
  return {
    upload: {
      uploadId: row.upload_id,
      tenant: row.tenant,
      key: row.key,
      archiveId: row.archive_id,
      entry: row.entry,
      length: row.length === null ? null : Number(row.length),
      offset: Number(row.received),
      activeAt: new Date(Number(row.active_ms)),
      completed: row.completed,
    },
    place: { front, extents, partsKey, partsId, parts, tail },
  };
}
