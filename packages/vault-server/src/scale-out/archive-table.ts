import { type PostgresQuery } from '@llm-memory-graph/service/postgres';

import {
  type ArchiveChange,
  type ArchiveRecord,
  type FindResult,
  type NewHeader,
  type Tombstone,
} from '../store/archive-store.ts';
import { sessionDigest } from '../store/session-digest.ts';
import { archiveColumns, changingColumns, recordOf, rowOf, type ArchiveRow } from './archive-row.ts';
import { type Extent } from './extent.ts';

/** Which archive of which tenant. */
export interface ArchiveName {
  readonly tenant: string;
  readonly archiveId: string;
}

/** One text per archive, for maps. */
export function slotOf({ tenant, archiveId }: ArchiveName): string {
  return JSON.stringify([tenant, archiveId]);
}

/** Where the sealed bytes are: the header in its row, the rest in objects. */
export interface ContentPlace {
  readonly head: Buffer;
  readonly extents: readonly Extent[];
}

export interface PlacedArchive {
  readonly record: ArchiveRecord;
  readonly head: Uint8Array;
  readonly extents: readonly Extent[];
}

interface Changed {
  readonly extents: readonly Extent[];
}

/** Archives, their keys and their tombstones. Changes expect the transaction of the tenant's audit chain. */
export interface ArchiveTable {
  /** By {@link slotOf}; what was never there is missing. */
  find(query: PostgresQuery, names: readonly ArchiveName[]): Promise<Map<string, FindResult>>;
  place(query: PostgresQuery, name: ArchiveName): Promise<ContentPlace | undefined>;
  insert(query: PostgresQuery, archives: readonly PlacedArchive[]): Promise<void>;
  /** Where the content is; `undefined` when `record` is not current. */
  update(query: PostgresQuery, record: ArchiveRecord, change: ArchiveChange): Promise<readonly Extent[] | undefined>;
  rewrap(query: PostgresQuery, record: ArchiveRecord, header: NewHeader): Promise<boolean>;
  /** Where the content was; `undefined` when `record` is not current. The tombstone is another step. */
  erase(query: PostgresQuery, record: ArchiveRecord): Promise<readonly Extent[] | undefined>;
  bury(query: PostgresQuery, record: ArchiveRecord, deletedAt: Date, auditSequence: number): Promise<void>;
}

interface TombstoneRow {
  readonly tenant: string;
  readonly archive_id: string;
  readonly session: string;
  readonly digest: string;
  readonly size: string;
  readonly stored_ms: string;
  readonly deleted_ms: string;
  readonly audit_sequence: string;
}

function tombstoneOf(row: TombstoneRow): Tombstone {
  return {
    archiveId: row.archive_id,
    session: row.session,
    digest: row.digest,
    size: Number(row.size),
    storedAt: new Date(Number(row.stored_ms)),
    deletedAt: new Date(Number(row.deleted_ms)),
    auditSequence: Number(row.audit_sequence),
  };
}

const hex = (bytes: Uint8Array): string =>
  `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;

export function archiveTable(schema: string): ArchiveTable {
  const named = `JOIN unnest($1::text[], $2::text[]) AS n(tenant, archive_id)
    ON a.tenant = n.tenant AND a.archive_id = n.archive_id`;
  const current = 'tenant = $1 AND archive_id = $2 AND revision = $3';
  const keyOf = ({ tenant, archiveId, revision }: ArchiveRecord): unknown[] => [tenant, archiveId, revision];
  return {
    find: async (query, names) => {
      const values = [names.map(({ tenant }) => tenant), names.map(({ archiveId }) => archiveId)];
      const found = new Map<string, FindResult>();
      for (const row of await query<ArchiveRow>(`SELECT a.* FROM ${schema}.archive a ${named}`, values)) {
        const record = recordOf(row);
        found.set(slotOf(record), { outcome: 'held', record });
      }
      if (found.size === names.length) return found;
      for (const row of await query<TombstoneRow>(`SELECT a.* FROM ${schema}.tombstone a ${named}`, values))
        found.set(slotOf({ tenant: row.tenant, archiveId: row.archive_id }), {
          outcome: 'deleted',
          tombstone: tombstoneOf(row),
        });
      return found;
    },
    place: async (query, { tenant, archiveId }) => {
      const [row] = await query<ContentPlace>(
        `SELECT head, extents FROM ${schema}.archive JOIN ${schema}.archive_key USING (tenant, archive_id)
         WHERE tenant = $1 AND archive_id = $2`,
        [tenant, archiveId],
      );
      return row;
    },
    insert: async (query, archives) => {
      if (archives.length === 0) return;
      const names = archiveColumns.replaceAll(/ (text|bigint|integer|boolean|jsonb)(\[\])?/g, '');
      await query(
        `INSERT INTO ${schema}.archive (${names}) SELECT ${names} FROM json_to_recordset($1) AS r(${archiveColumns})`,
        [JSON.stringify(archives.map(({ record, extents }) => rowOf(record, extents)))],
      );
      const heads = archives.map(({ record, head }) => {
        return { tenant: record.tenant, archive_id: record.archiveId, head: hex(head) };
      });
      await query(
        `INSERT INTO ${schema}.archive_key
         SELECT r.* FROM json_to_recordset($1) AS r(tenant text, archive_id text, head bytea)`,
        [JSON.stringify(heads)],
      );
    },
    update: async (query, record, change) => {
      const columns = changingColumns({ ...record, ...change });
      const sets = Object.keys(columns).map((name, i) => `${name} = $${i + 4}`);
      const [row] = await query<Changed>(
        `UPDATE ${schema}.archive SET ${sets.join(', ')}, revision = revision + 1 WHERE ${current} RETURNING extents`,
        [...keyOf(record), ...Object.values(columns)],
      );
      return row?.extents;
    },
    rewrap: async (query, record, { header, digest, size }) => {
      const changed = await query(
        `UPDATE ${schema}.archive SET digest = $4, size = $5, revision = revision + 1 WHERE ${current} RETURNING 1`,
        [...keyOf(record), digest, size],
      );
      if (changed.length === 0) return false;
      await query(`UPDATE ${schema}.archive_key SET head = $3 WHERE tenant = $1 AND archive_id = $2`, [
        record.tenant,
        record.archiveId,
        Buffer.from(header),
      ]);
      return true;
    },
    erase: async (query, record) => {
      const [row] = await query<Changed>(
        `DELETE FROM ${schema}.archive WHERE ${current} RETURNING extents`,
        keyOf(record),
      );
      if (!row) return undefined;
      await query(`DELETE FROM ${schema}.archive_key WHERE tenant = $1 AND archive_id = $2`, [
        record.tenant,
        record.archiveId,
      ]);
      return row.extents;
    },
    bury: async (query, record, deletedAt, auditSequence) => {
      const { tenant, archiveId, sessionId, digest, size, storedAt } = record;
      await query(`INSERT INTO ${schema}.tombstone VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, [
        tenant,
        archiveId,
        record.auditSequence,
        sessionDigest(tenant, sessionId),
        digest,
        size,
        storedAt.getTime(),
        deletedAt.getTime(),
        auditSequence,
      ]);
    },
  };
}
