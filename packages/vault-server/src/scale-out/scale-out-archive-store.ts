import {
  groupedWrites,
  migratePostgres,
  postgresDatabase,
  type PostgresPool,
} from '@llm-memory-graph/service/postgres';

import { type ArchiveStore, type InsertResult, type NewArchive } from '../store/archive-store.ts';
import { archiveLists } from './archive-lists.ts';
import { archiveTable, slotOf } from './archive-table.ts';
import { auditChains, type ChainedTransaction } from './audit-chains.ts';
import { compactObjects } from './compaction.ts';
import { contentReader } from './content-reader.ts';
import { type Extent } from './extent.ts';
import { insertArchives } from './insert-archives.ts';
import { type ObjectStorage } from './object-storage.ts';
import { objectTable } from './object-table.ts';
import { sweepOrphans } from './orphan-sweep.ts';
import { policyTable } from './policy-table.ts';
import { noProtection, protection } from './protection.ts';
import { removals, type RemovalReport } from './removals.ts';
import { scaleOutUploadStore } from './scale-out-upload-store.ts';
import { migrations } from './schema.ts';
import { uploadTable } from './upload-table.ts';

/** What {@link scaleOutArchiveStore} works with. */
export interface ScaleOutArchiveStoreOptions {
  /** A `Pool` of `pg`; whoever made it ends it, after the store was closed. */
  readonly pool: PostgresPool;
  /** For example an `s3ObjectStorage`. */
  readonly storage: ObjectStorage;
  /** Schema of the tables; made when it is not there. @default 'vault' */
  readonly schema?: string;
  /** Whether locks and legal holds are set on the objects too. The bucket must have object lock. @default false */
  readonly objectLock?: boolean;
}

/** What a run of {@link ScaleOutArchiveStore.maintain} may do. */
export interface MaintenanceOptions {
  /** Age in ms from which an object that no row names is removed. @default 3600000 */
  readonly orphanAgeMs?: number;
}

export interface MaintenanceReport extends RemovalReport {
  /** Objects and multipart uploads that no row named, removed. */
  readonly orphans: number;
  /** Objects rewritten because less than half of them counted. */
  readonly compacted: number;
}

export interface ScaleOutArchiveStore extends ArchiveStore {
  /**
   * Removes what nobody counts on and rewrites what is mostly dead. Run it now and then, in one process or in all; it
   * lists the whole bucket.
   */
  maintain(options?: MaintenanceOptions): Promise<MaintenanceReport>;
}

interface ChainedChange {
  readonly tenant: string;
  readonly work: (transaction: ChainedTransaction) => Promise<unknown>;
}

const maxGroup = 256;
const maxGroupBytes = 16 * 2 ** 20;

const bytesOf = (archives: readonly NewArchive[]): number =>
  archives.reduce((sum, { content }) => sum + content.length, 0);

/**
 * A durable store for any number of processes: metadata, wrapped keys and audit chains in PostgreSQL, sealed content in
 * object storage. Archives that arrive while the ones before are written share objects and transactions.
 *
 * @throws {TypeError} when `schema` is no name
 * @throws {Error} when the database cannot be reached or was written by a newer release
 */
export async function scaleOutArchiveStore(options: ScaleOutArchiveStoreOptions): Promise<ScaleOutArchiveStore> {
  const { pool, storage, schema = 'vault', objectLock = false } = options;
  const database = postgresDatabase(pool);
  await migratePostgres(database, { schema, migrations });
  const { query } = database;
  const chains = auditChains(database, schema);
  const archives = archiveTable(schema);
  const objects = objectTable(schema);
  const uploads = uploadTable(schema);
  const policies = policyTable(schema);
  const reader = contentReader(query, archives, storage);
  const protect = objectLock ? protection(schema, storage) : noProtection;
  const removing = removals({ database, objects, storage, objectLock });

  const inserting = groupedWrites<readonly NewArchive[], InsertResult[]>(
    insertArchives({ query, chains, archives, objects, storage, protect }),
    { maxItems: maxGroup, maxWeight: maxGroupBytes, weigh: bytesOf },
  );
  const changing = groupedWrites<ChainedChange, unknown>(
    (changes) =>
      chains.transaction(
        changes.map(({ tenant }) => tenant),
        async (transaction) => {
          const results: unknown[] = [];
          for (const { work } of changes) results.push(await work(transaction));
          return results;
        },
      ),
    { maxItems: maxGroup },
  );
  const change = <T>(tenant: string, work: (transaction: ChainedTransaction) => Promise<T>): Promise<T> =>
    changing.add({ tenant, work }) as Promise<T>;

  return {
    uploads: scaleOutUploadStore({
      ...{ database, uploads, objects, storage, chains, archives },
      onRemoval: removing.start,
    }),
    insert: (given) => inserting.add(given),
    find: async (tenant, archiveId) => {
      const found = await archives.find(query, [{ tenant, archiveId }]);
      return found.get(slotOf({ tenant, archiveId })) ?? { outcome: 'absent' };
    },
    content: (tenant, archiveId) => reader.whole({ tenant, archiveId }),
    read: (tenant, archiveId, start, end) => reader.range({ tenant, archiveId }, start, end),
    ...archiveLists(query, schema),
    update: async (record, next, event) => {
      let lifted: readonly Extent[] = [];
      const updated = await change(record.tenant, async (tx) => {
        const extents = await archives.update(tx.query, record, next);
        if (!extents) return undefined;
        await protect.apply(tx.query, extents, next);
        if (record.hold && !next.hold) lifted = extents;
        tx.append(record.tenant, event);
        return { ...record, ...next, revision: record.revision + 1 };
      });
      if (lifted.length > 0) await database.transaction((tx) => protect.lift(tx, lifted));
      return updated;
    },
    rewrap: (record, header, event) =>
      change(record.tenant, async (tx) => {
        if (!(await archives.rewrap(tx.query, record, header))) return undefined;
        tx.append(record.tenant, event);
        return { ...record, digest: header.digest, size: header.size, revision: record.revision + 1 };
      }),
    erase: async (record, event) => {
      const erased = await change(record.tenant, async (tx) => {
        const extents = await archives.erase(tx.query, record);
        if (!extents) return undefined;
        const entry = tx.append(record.tenant, event);
        await archives.bury(tx.query, record, event.at, entry.sequence);
        await uploads.removeFor(tx.query, record.tenant, record.archiveId);
        await objects.release(tx.query, extents);
        return entry;
      });
      if (erased) removing.start();
      return erased;
    },
    insertPolicy: (tenant, policy, event) =>
      change(tenant, async (tx) => {
        if (!(await policies.insert(tx.query, tenant, policy)))
          return (await policies.find(tx.query, tenant, policy.policyId)) ?? policy;
        tx.append(tenant, event);
        return policy;
      }),
    findPolicy: (tenant, policyId) => policies.find(query, tenant, policyId),
    listPolicies: (tenant) => policies.list(query, tenant),
    log: (tenant, event) => change(tenant, (tx) => Promise.resolve(tx.append(tenant, event))),
    audit: chains.read,
    auditHashes: chains.hashes,
    auditHead: chains.head,
    ping: async () => {
      await query('SELECT 1');
    },
    close: async () => {
      await Promise.all([inserting.idle(), changing.idle(), removing.idle()]);
    },
    maintain: async ({ orphanAgeMs = 3_600_000 } = {}) => {
      const compacted = await compactObjects(database, schema, objects, storage);
      await removing.idle();
      const orphans = await sweepOrphans(database, objects, storage, new Date(Date.now() - orphanAgeMs));
      return { ...(await removing.run()), orphans, compacted };
    },
  };
}
