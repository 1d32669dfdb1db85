import { type RetentionPolicy } from '@llm-memory-graph/contracts';

import { nextAuditEntry, type AuditEntry, type AuditEvent } from '../audit/audit-entry.ts';
import { settled } from '../settled.ts';
import { type UploadedArchive } from './upload-store.ts';
import { memoryUploadStore, pieces } from './memory-upload-store.ts';
import {
  type ArchivePage,
  type ArchiveQuery,
  type ArchiveRecord,
  type ArchiveStore,
  type FindResult,
  type InsertResult,
  type NewArchive,
  type Tombstone,
} from './archive-store.ts';

interface HeldArchive {
  readonly position: number;
  record: ArchiveRecord;
  readonly content: Uint8Array;
}

/** Everything of one tenant. */
class Shelf {
  readonly archives = new Map<string, HeldArchive>();
  readonly tombstones = new Map<string, Tombstone>();
  readonly policies = new Map<string, RetentionPolicy>();
  readonly audit: AuditEntry[] = [];
  private readonly tenant: string;

  constructor(tenant: string) {
    this.tenant = tenant;
  }

  log(event: AuditEvent): void {
    this.audit.push(nextAuditEntry(this.tenant, this.audit.at(-1), event));
  }

  find(archiveId: string): FindResult {
    const held = this.archives.get(archiveId);
    if (held) return { outcome: 'held', record: held.record };
    const tombstone = this.tombstones.get(archiveId);
    return tombstone ? { outcome: 'deleted', tombstone } : { outcome: 'absent' };
  }

  insert({ record, content, event }: NewArchive, position: number): InsertResult {
    const found = this.find(record.archiveId);
    if (found.outcome !== 'absent') return found;
    // A copy: the bytes given may be a view into a request body that would be kept alive otherwise.
    this.archives.set(record.archiveId, { position, record, content: content.slice() });
    this.log(event);
    return { outcome: 'stored', record };
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

/**
 * A store that lives and dies with the process, for tests and demos.
 *
 * @example
 * ```ts
 * const vault = createVaultServer({ store: memoryArchiveStore(), keys, keyProvider });
 * ```
 */
export function memoryArchiveStore(): ArchiveStore {
  const shelves = new Map<string, Shelf>();
  let position = 0;
  const shelf = (tenant: string): Shelf => {
    let found = shelves.get(tenant);
    if (!found) shelves.set(tenant, (found = new Shelf(tenant)));
    return found;
  };

  return {
    uploads: memoryUploadStore(({ record, event }: UploadedArchive, content) =>
      shelf(record.tenant).insert({ record, event, content, headerBytes: 0 }, ++position),
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
    count: (tenant) => settled(() => shelf(tenant).archives.size),
    update: (record, change, event) =>
      settled(() => {
        const held = shelf(record.tenant).current(record);
        if (!held) return undefined;
        held.record = { ...held.record, ...change, revision: record.revision + 1 };
        shelf(record.tenant).log(event);
        return held.record;
      }),
    erase: (record, event) =>
      settled(() => {
        const { archiveId } = record;
        const own = shelf(record.tenant);
        if (!own.current(record)) return false;
        own.archives.delete(archiveId);
        own.tombstones.set(archiveId, { archiveId, deletedAt: event.at });
        own.log(event);
        return true;
      }),
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
    audit: (tenant, after, limit) => settled(() => shelf(tenant).audit.slice(after, after + limit)),
    auditHead: (tenant) => settled(() => shelf(tenant).audit.at(-1)),
    ping: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function matches(record: ArchiveRecord, query: ArchiveQuery): boolean {
  const archivedAt = Date.parse(record.archivedAt);
  return (
    (query.sessionId === undefined || record.sessionId === query.sessionId) &&
    (query.tag === undefined || record.tags.includes(query.tag)) &&
    (query.policyId === undefined || record.policyId === query.policyId) &&
    (query.archivedBefore === undefined || archivedAt < query.archivedBefore.getTime()) &&
    (query.archivedAfter === undefined || archivedAt >= query.archivedAfter.getTime()) &&
    (query.expiresBefore === undefined || record.expiresAt < query.expiresBefore)
  );
}
