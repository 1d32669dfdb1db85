import { type DatabaseSync } from 'node:sqlite';

import { problem } from '@llm-memory-graph/service';
import { groupCommit, openSqlite } from '@llm-memory-graph/service/node';

import { settled } from '../../settled.ts';
import { type ArchiveStore } from '../archive-store.ts';
import { archiveHistory } from './archive-history.ts';
import { archiveList } from './archive-list.ts';
import { archiveTable } from './archive-table.ts';
import { auditTable } from './audit-table.ts';
import { compaction } from './compaction.ts';
import { contentFiles } from './content-files.ts';
import { contentReader } from './content-reader.ts';
import { packTable } from './pack-table.ts';
import { policyTable } from './policy-table.ts';
import { rereader } from './reread.ts';
import { archiveMigration, orderMigration, uploadMigration } from './schema.ts';
import { sqliteUploadStore } from './sqlite-upload-store.ts';
import { uploadTable } from './upload-table.ts';

export interface SqliteArchiveStoreOptions {
  /**
   * The database file; made when absent. Its folder must exist. `-wal` and `-shm` files stand beside it, and the folder
   * `<path>.content` with the content of uploaded archives.
   */
  readonly path: string;
  /**
   * Largest size of the database file in bytes, at least 1 MiB, uploaded content not counted; what does not fit is
   * refused with 507.
   *
   * @default unlimited
   */
  readonly maxBytes?: number;
  /**
   * Makes the write-ahead log at this path durable. After a failure the store refuses every change until it is opened
   * anew: what is on disk is not known any more.
   *
   * @default fdatasync, on another thread
   */
  readonly sync?: (log: string) => Promise<void>;
}

/** The store on SQLite and what only it can do. */
export interface SqliteArchiveStore extends ArchiveStore {
  reread: NonNullable<ArchiveStore['reread']>;
  /**
   * Packs together what deletions and single archives left apart, and gives free room back to the file system: what
   * the store does by itself in the background, now and to the end. Requests go on meanwhile; a kill loses nothing.
   */
  compact(): Promise<void>;
}

/**
 * A durable store in one SQLite file, and a file for the content of each uploaded archive. What it acknowledged survives a kill and, as far as the disk honours `fsync`, a
 * power cut.
 *
 * @throws {TypeError} naming the option and its value
 * @throws {Error} when the file cannot be opened or was written by a newer release
 *
 * @example
 * ```ts
 * const store = sqliteArchiveStore({ path: 'vault.db' });
 * ```
 */
export function sqliteArchiveStore(options: SqliteArchiveStoreOptions): SqliteArchiveStore {
  const { path, maxBytes = Number.MAX_SAFE_INTEGER } = options;
  if (path === '') throw new TypeError('`path` must name a file, got ""');
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 2 ** 20)
    throw new TypeError(`\`maxBytes\` must be an integer >= 1048576, got ${maxBytes}`);
  const layout = 'PRAGMA auto_vacuum = INCREMENTAL';
  const db = openSqlite({ path, migrations: [archiveMigration, uploadMigration, orderMigration], layout });
  // Freed pages are zeroed, so that a wrapped key does not stay behind in the file. A log of 16 MiB is copied into the
  // file in one go: pages of an index that many inserts changed are written once.
  db.exec('PRAGMA secure_delete = ON; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4096');
  limitSize(db, maxBytes);
  const commits = groupCommit(db, options.sync ? { sync: options.sync } : {});
  const run = <T>(work: () => T): Promise<T> => commits.run(work).catch(explainFull);
  const packs = packTable(db);
  const background = compaction(db, commits, packs);
  const archives = archiveTable(db, packs, background.touched);
  const policies = policyTable(db);
  const audit = auditTable(db);
  const list = archiveList(db);
  const history = archiveHistory(db);
  const uploads = uploadTable(db);
  const files = contentFiles(`${path}.content`);
  const reader = contentReader(archives, files);
  // What a process that was killed left behind: files that no row counts on.
  files.keepOnly(new Set([...uploads.open(), ...archives.files()]));
  const countAll = db.prepare('SELECT count(*) AS archives FROM archive WHERE tenant = ?');
  const probe = db.prepare('SELECT 1 FROM audit LIMIT 1');

  const truncateLog = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)');
  // What a process that was killed right after an erasure may have left behind.
  let keysInLog = true;
  const emptyLog = (): void => {
    if (!keysInLog) return;
    // Busy means that another process reads from the log, a backup for example; the next erasure tries again.
    keysInLog = truncateLog.get()?.['busy'] !== 0;
  };
  emptyLog();

  return {
    uploads: sqliteUploadStore({
      uploads,
      files,
      run,
      onDisk: (work) => work.catch(explainFull),
      insert: (archive, file) => {
        const { record, event } = archive;
        const found = archives.find(record.tenant, record.archiveId);
        if (found.outcome !== 'absent') return found;
        const stored = { ...record, auditSequence: audit.add(record.tenant, event).sequence };
        archives.insertWithFile(stored, archive.head, file);
        return { outcome: 'stored', record: stored };
      },
    }),
    insert: (batch) =>
      run(() => {
        const lengths = new Map<string, number>();
        const sequenceOf = (tenant: string): number => {
          const sequence = (lengths.get(tenant) ?? audit.length(tenant)) + 1;
          lengths.set(tenant, sequence);
          return sequence;
        };
        const results = archives.insert(batch, sequenceOf);
        const events = Map.groupBy(
          batch.filter((_, i) => results[i]?.outcome === 'stored'),
          ({ record }) => record.tenant,
        );
        for (const [tenant, stored] of events)
          audit.append(
            tenant,
            stored.map(({ event }) => event),
          );
        return results;
      }),
    find: (tenant, archiveId) => settled(() => archives.find(tenant, archiveId)),
    content: (tenant, archiveId) => reader.whole(tenant, archiveId),
    read: (tenant, archiveId, start, end) => settled(() => reader.range(tenant, archiveId, start, end)),
    reread: rereader(db, packs, files),
    list: (tenant, query) => settled(() => list(tenant, query)),
    history: (tenant, query) => settled(() => history(tenant, query)),
    count: (tenant) => settled(() => countAll.get(tenant)?.['archives'] as number),
    update: (record, change, event) =>
      run(() => {
        const updated = archives.update(record, change);
        if (updated) audit.append(record.tenant, [event]);
        return updated;
      }),
    rewrap: async (record, header, event) => {
      const rewrapped = await run(() => {
        const updated = archives.rewrap(record, header);
        if (!updated) return undefined;
        audit.append(record.tenant, [event]);
        keysInLog = true;
        return updated;
      });
      emptyLog();
      return rewrapped;
    },
    erase: async (record, event) => {
      const erased = await run(() => {
        const { tenant, archiveId } = record;
        const gone = archives.erase(record, event.at, audit.length(tenant) + 1);
        if (!gone) return undefined;
        uploads.removeFor(tenant, archiveId);
        keysInLog = true;
        return { ...gone, entry: audit.add(tenant, event) };
      });
      // The write-ahead log still holds the page with the key as it was; emptying it makes the erasure physical. One
      // time is enough for all erasures of a group.
      emptyLog();
      if (erased?.file !== undefined) {
        await files.wipeHead(erased.file, erased.headBytes);
        await files.remove(erased.file);
      }
      return erased?.entry;
    },
    insertPolicy: (tenant, policy, event) =>
      run(() => {
        const held = policies.find(tenant, policy.policyId);
        if (held) return held;
        policies.insert(tenant, policy);
        audit.append(tenant, [event]);
        return policy;
      }),
    findPolicy: (tenant, policyId) => settled(() => policies.find(tenant, policyId)),
    listPolicies: (tenant) => settled(() => policies.list(tenant)),
    log: (tenant, event) => run(() => audit.add(tenant, event)),
    audit: (tenant, after, limit) => settled(() => audit.read(tenant, after, limit)),
    auditHashes: (tenant, after, limit) => settled(() => audit.hashes(tenant, after, limit)),
    auditHead: (tenant) => settled(() => audit.head(tenant)),
    ping: () =>
      settled(() => {
        commits.check();
        probe.get();
      }),
    compact: () => background.run(),
    close: () =>
      settled(() => {
        background.stop();
        commits.close();
      }),
  };
}

function limitSize(db: DatabaseSync, maxBytes: number): void {
  const pageBytes = db.prepare('PRAGMA page_size').get()?.['page_size'] as number;
  // SQLite knows at most 2^32 - 2 pages.
  db.exec(`PRAGMA max_page_count = ${Math.min(Math.floor(maxBytes / pageBytes), 0xffff_fffe)}`);
}

const sqliteFull = 13;

function explainFull(cause: unknown): never {
  const { errcode, code } = (cause ?? {}) as { errcode?: number; code?: string };
  if (errcode !== sqliteFull && code !== 'ENOSPC' && code !== 'EDQUOT') throw cause;
  throw problem(507, 'insufficient-storage', 'the vault has no room left; nothing of this request was stored', {
    cause,
  });
}
