import { type RetentionPolicy } from '@llm-memory-graph/contracts';

import { nextAuditEntry, type AuditEntry, type AuditEvent } from '../audit/audit-entry.ts';
import { settled } from '../settled.ts';
import { labelsOf, wantedLabels } from './labels.ts';
import { sessionDigest } from './session-digest.ts';
import { type UploadedArchive } from './upload-store.ts';
import { memoryUploadStore, pieces, type MemoryUploadStore } from './memory-upload-store.ts';
import {
  type ArchivePage,
  type ArchiveQuery,
  type ArchiveRecord,
  type ArchiveStore,
  type FindResult,
  type HistoryPage,
  type HistoryQuery,
  type InsertResult,
  type NewArchive,
  type PastArchive,
  type Tombstone,
} from './archive-store.ts';

interface HeldArchive {
  readonly position: number;
  record: ArchiveRecord;
  content: Uint8Array;
  headerBytes: number;
}

interface Grave {
  readonly position: number;
  readonly tombstone: Tombstone;
}

/** Everything of one tenant. */
class Shelf {
  readonly archives: Map<string, HeldArchive>;
  readonly graves: Map<string, Grave>;
  readonly policies: Map<string, RetentionPolicy>;
  readonly audit: AuditEntry[];
  private readonly tenant: string;

  constructor(tenant: string, like?: Shelf) {
    this.tenant = tenant;
    this.archives = new Map([...(like?.archives ?? [])].map(([id, held]) => [id, { ...held }]));
    this.graves = new Map(like?.graves);
    this.policies = new Map(like?.policies);
    this.audit = [...(like?.audit ?? [])];
  }

  /** An independent shelf with the same content. */
  copy(): Shelf {
    return new Shelf(this.tenant, this);
  }

  log(event: AuditEvent): AuditEntry {
    const entry = nextAuditEntry(this.tenant, this.audit.at(-1), event);
    this.audit.push(entry);
    return entry;
  }

  find(archiveId: string): FindResult {
    const held = this.archives.get(archiveId);
    if (held) return { outcome: 'held', record: held.record };
    const grave = this.graves.get(archiveId);
    return grave ? { outcome: 'deleted', tombstone: grave.tombstone } : { outcome: 'absent' };
  }

  insert({ record: given, content, headerBytes, event }: NewArchive, position: number): InsertResult {
    const found = this.find(given.archiveId);
    if (found.outcome !== 'absent') return found;
    const record = { ...given, auditSequence: this.log(event).sequence };
    // A copy: the bytes given may be a view into a request body that would be kept alive otherwise.
    this.archives.set(record.archiveId, { position, record, content: content.slice(), headerBytes });
    return { outcome: 'stored', record };
  }

  erase(record: ArchiveRecord, event: AuditEvent): AuditEntry | undefined {
    const held = this.current(record);
    if (!held) return undefined;
    const { archiveId, sessionId, digest, size, storedAt } = record;
    const entry = this.log(event);
    const tombstone = {
      archiveId,
      session: sessionDigest(this.tenant, sessionId),
      digest,
      size,
      storedAt,
      deletedAt: event.at,
      auditSequence: entry.sequence,
    };
    this.archives.delete(archiveId);
    this.graves.set(archiveId, { position: held.position, tombstone });
    return entry;
  }

  history({ at, sessionId, after = 0, limit }: HistoryQuery): HistoryPage {
    const session = sessionId === undefined ? undefined : sessionDigest(this.tenant, sessionId);
    const all: { position: number; archive: PastArchive }[] = [];
    for (const { position, record } of this.archives.values()) {
      const { archiveId, digest, size, storedAt, auditSequence } = record;
      if (sessionId !== undefined && record.sessionId !== sessionId) continue;
      const held = { archiveId, digest, size, storedAt, auditSequence, deletedAt: null };
      all.push({ position, archive: { ...held, sessionId: record.sessionId } });
    }
    for (const { position, tombstone } of this.graves.values()) {
      const { session: of, ...gone } = tombstone;
      if (session === undefined || of === session) all.push({ position, archive: { ...gone, sessionId: null } });
    }
    const found = all
      .filter(({ position, archive: { storedAt, deletedAt } }) => {
        return position > after && storedAt <= at && (deletedAt === null || deletedAt > at);
      })
      .sort((a, b) => a.position - b.position);
    const page = found.slice(0, limit);
    return {
      archives: page.map(({ archive }) => archive),
      next: found.length > limit ? page.at(-1)?.position : undefined,
    };
  }

  list(query: ArchiveQuery): ArchivePage {
    const found: HeldArchive[] = [];
    for (const held of this.archives.values()) {
      if (found.length > query.limit) break;
      if (held.position > (query.after ?? 0) && matches(held.record, query)) found.push(held);
    }
    const page = found.slice(0, query.limit);
    const next = found.length > query.limit ? page.at(-1)?.position : undefined;
    return { records: page.map((held) => held.record), next };
  }

  /** What is held, when `record` is still how it stands. */
  current(record: ArchiveRecord): HeldArchive | undefined {
    const held = this.archives.get(record.archiveId);
    return held?.record.revision === record.revision ? held : undefined;
  }
}

/** An {@link ArchiveStore} that lives in the process. */
export interface MemoryArchiveStore extends ArchiveStore {
  /** An independent store with the same archives, policies, uploads and audit chain. */
  copy(): MemoryArchiveStore;
}

/**
 * A store that lives and dies with the process, for tests and demos.
 *
 * @example
 * ```ts
 * const vault = createVaultServer({ store: memoryArchiveStore(), keys, keyProvider });
 * ```
 */
export function memoryArchiveStore(): MemoryArchiveStore {
  return storeOver(new Map(), 0, memoryUploadStore);
}

function storeOver(
  shelves: Map<string, Shelf>,
  lastPosition: number,
  uploadStore: (insert: Parameters<typeof memoryUploadStore>[0]) => MemoryUploadStore,
): MemoryArchiveStore {
  let position = lastPosition;
  const shelf = (tenant: string): Shelf => {
    let found = shelves.get(tenant);
    if (!found) shelves.set(tenant, (found = new Shelf(tenant)));
    return found;
  };

  const uploads = uploadStore(({ record, event, head }: UploadedArchive, content) =>
    shelf(record.tenant).insert({ record, event, content, headerBytes: head.length }, ++position),
  );
  return {
    uploads,
    copy: () =>
      storeOver(new Map([...shelves].map(([tenant, held]) => [tenant, held.copy()])), position, (insert) =>
        uploads.copy(insert),
      ),
    insert: (archives) =>
      settled(() => archives.map((archive) => shelf(archive.record.tenant).insert(archive, ++position))),
    find: (tenant, archiveId) => settled(() => shelf(tenant).find(archiveId)),
    content: (tenant, archiveId) => settled(() => shelf(tenant).archives.get(archiveId)?.content),
    read: (tenant, archiveId, start, end) =>
      settled(() => {
        const content = shelf(tenant).archives.get(archiveId)?.content;
        return content && pieces([content.subarray(start, end)]);
      }),
    list: (tenant, query) => settled(() => shelf(tenant).list(query)),
    history: (tenant, query) => settled(() => shelf(tenant).history(query)),
    count: (tenant) => settled(() => shelf(tenant).archives.size),
    update: (record, change, event) =>
      settled(() => {
        const held = shelf(record.tenant).current(record);
        if (!held) return undefined;
        held.record = { ...held.record, ...change, revision: record.revision + 1 };
        shelf(record.tenant).log(event);
        return held.record;
      }),
    rewrap: (record, { header, digest, size }, event) =>
      settled(() => {
        const held = shelf(record.tenant).current(record);
        if (!held) return undefined;
        held.content = Buffer.concat([header, held.content.subarray(held.headerBytes)]);
        held.headerBytes = header.length;
        held.record = { ...held.record, digest, size, revision: record.revision + 1 };
        shelf(record.tenant).log(event);
        return held.record;
      }),
    erase: (record, event) => settled(() => shelf(record.tenant).erase(record, event)),
    insertPolicy: (tenant, policy, event) =>
      settled(() => {
        const own = shelf(tenant);
        const held = own.policies.get(policy.policyId);
        if (held) return held;
        own.policies.set(policy.policyId, policy);
        own.log(event);
        return policy;
      }),
    findPolicy: (tenant, policyId) => settled(() => shelf(tenant).policies.get(policyId)),
    listPolicies: (tenant) =>
      settled(() => [...shelf(tenant).policies.values()].sort((a, b) => (a.policyId < b.policyId ? -1 : 1))),
    log: (tenant, event) => settled(() => shelf(tenant).log(event)),
    audit: (tenant, after, limit) => settled(() => shelf(tenant).audit.slice(after, after + limit)),
    auditHashes: (tenant, after, limit) =>
      settled(() =>
        shelf(tenant)
          .audit.slice(after, after + limit)
          .map((entry) => entry.hash),
      ),
    auditHead: (tenant) => settled(() => shelf(tenant).audit.at(-1)),
    ping: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function matches(record: ArchiveRecord, query: ArchiveQuery): boolean {
  const archivedAt = Date.parse(record.archivedAt);
  const wanted = wantedLabels(query);
  const labels = new Set(wanted.length > 0 ? labelsOf(record) : []);
  return (
    wanted.every((some) => some.some((label) => labels.has(label))) &&
    (query.sessionId === undefined || record.sessionId === query.sessionId) &&
    (query.held === undefined || (record.hold !== null) === query.held) &&
    (query.sealedBy === undefined || record.sealedBy === query.sealedBy) &&
    (query.archivedBefore === undefined || archivedAt < query.archivedBefore.getTime()) &&
    (query.archivedAfter === undefined || archivedAt >= query.archivedAfter.getTime()) &&
    (query.expiresBefore === undefined || record.expiresAt < query.expiresBefore)
  );
}
