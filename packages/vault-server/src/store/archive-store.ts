import { type LegalHold, type RetentionLock, type RetentionPolicy } from '@llm-memory-graph/contracts';

import { type AuditEntry, type AuditEvent } from '../audit/audit-entry.ts';
import { type UploadStore } from './upload-store.ts';

/** What the vault knows of an archive without opening it. */
export interface ArchiveRecord {
  readonly tenant: string;
  readonly archiveId: string;
  readonly sessionId: string;
  /** RFC 3339 text as the client sent it: up to nine fraction digits survive. */
  readonly archivedAt: string;
  /** When it became durable, by the vault's clock. */
  readonly storedAt: Date;
  /** What the client asked for, in days. */
  readonly requestedDays: number;
  /** What holds now, in days; never less than `requestedDays`. */
  readonly retentionDays: number;
  readonly expiresAt: Date;
  /** The policies that it is under, in the order in which they came. */
  readonly policyIds: readonly string[];
  readonly hold: LegalHold | null;
  /** An expired lock may still stand here. */
  readonly lock: RetentionLock | null;
  readonly tags: readonly string[];
  /** JSON text as the client sent it. */
  readonly metadata: string;
  /** `sha256:<hex>` of the sealed bytes. */
  readonly digest: string;
  /** Bytes of the sealed archive. */
  readonly size: number;
  readonly sealedBy: 'client' | 'server';
  readonly encrypted: boolean;
  readonly compressed: boolean;
  /** Counts the changes of this record, from 1. */
  readonly revision: number;
  /** The audit entry that tells of its arrival. */
  readonly auditSequence: number;
}

export interface NewRecordAndEvent {
  /** Its audit entry is made by the store, in the same durable step. */
  readonly record: Omit<ArchiveRecord, 'auditSequence'>;
  readonly event: AuditEvent;
}

export interface NewArchive extends NewRecordAndEvent {
  /** The sealed bytes. */
  readonly content: Uint8Array;
  /** How many of them are the header with the wrapped data key, which must be erasable on its own. */
  readonly headerBytes: number;
}

/** What stays of a deleted archive, so that a late repeat cannot bring it back. */
export interface Tombstone {
  readonly archiveId: string;
  /** {@link sessionDigest}, so that nothing here names the session. */
  readonly session: string;
  readonly digest: string;
  readonly size: number;
  readonly storedAt: Date;
  readonly deletedAt: Date;
  /** The audit entry that tells of its deletion. */
  readonly auditSequence: number;
}

export type InsertResult =
  | { readonly outcome: 'stored' | 'held'; readonly record: ArchiveRecord }
  | { readonly outcome: 'deleted'; readonly tombstone: Tombstone };

export type FindResult =
  | { readonly outcome: 'held'; readonly record: ArchiveRecord }
  | { readonly outcome: 'deleted'; readonly tombstone: Tombstone }
  | { readonly outcome: 'absent' };

/** What reading an archive again found; digest and size are of the bytes as they were read. */
export type Reread =
  | { readonly outcome: 'held'; readonly sessionId: string; readonly digest: string; readonly size: number }
  | { readonly outcome: 'deleted' | 'absent' }
  | { readonly outcome: 'unreadable'; readonly cause: unknown };

/** The fields of a record that change during its life. */
export type ArchiveChange = Pick<ArchiveRecord, 'retentionDays' | 'expiresAt' | 'policyIds' | 'hold' | 'lock'>;

/** A header with its data key wrapped anew; the body behind it stays as it is. */
export interface NewHeader {
  readonly header: Uint8Array;
  /** `sha256:<hex>` of the sealed bytes with this header. */
  readonly digest: string;
  /** Their size. */
  readonly size: number;
}

export interface ArchiveQuery {
  readonly sessionId?: string;
  readonly tag?: string;
  /** Archives under any of these. */
  readonly policyIds?: readonly string[];
  /** Archives whose metadata has this member, see `labels.ts`. */
  readonly metadata?: { readonly key: string; readonly value: string };
  /** Whether under a legal hold. */
  readonly held?: boolean;
  readonly sealedBy?: 'client' | 'server';
  /** Exclusive. */
  readonly archivedBefore?: Date;
  /** Inclusive. */
  readonly archivedAfter?: Date;
  /** Exclusive: archives that expire before this instant. */
  readonly expiresBefore?: Date;
  /** Position to go on from: `next` of the page before. */
  readonly after?: number;
  readonly limit: number;
}

/** One page, in the order in which the archives were stored. */
export interface ArchivePage {
  readonly records: readonly ArchiveRecord[];
  /** `undefined` on the last page. */
  readonly next: number | undefined;
}

/** What the vault held at an instant. */
export interface HistoryQuery {
  readonly at: Date;
  readonly sessionId?: string;
  /** Position to go on from: `next` of the page before. */
  readonly after?: number;
  readonly limit: number;
}

export interface PastArchive {
  readonly archiveId: string;
  /** `null` when it was deleted since. */
  readonly sessionId: string | null;
  readonly digest: string;
  readonly size: number;
  readonly storedAt: Date;
  readonly deletedAt: Date | null;
  /** The audit entry that tells of its deletion, or else of its arrival. */
  readonly auditSequence: number;
}

/** One page, in the order in which the archives were stored. */
export interface HistoryPage {
  readonly archives: readonly PastArchive[];
  /** `undefined` on the last page. */
  readonly next: number | undefined;
}

/**
 * The port to whatever keeps the archives. A promise of a change resolves only when the change is durable together
 * with its audit entry. Rules (who may delete, what may be shortened) are not the store's: they stand in the server,
 * which reads a record, decides, and changes it only if its revision is still the one it read.
 *
 * Every adapter passes the suite in `test/archive-store-contract.ts`.
 */
export interface ArchiveStore {
  /** Archives on their way in. */
  readonly uploads: UploadStore;
  /** Stores what is new, all in one durable step; an id that is held or was deleted is told as such and left alone. */
  insert(archives: readonly NewArchive[]): Promise<InsertResult[]>;
  find(tenant: string, archiveId: string): Promise<FindResult>;
  /** The sealed bytes in one piece, `undefined` when not held. */
  content(tenant: string, archiveId: string): Promise<Uint8Array | undefined>;
  /**
   * The sealed bytes from `start` to before `end` in pieces of at most about 1 MiB; `undefined` when not held. Nothing
   * is opened before the first piece is asked for. An archive deleted meanwhile ends the iteration with an error.
   */
  read(tenant: string, archiveId: string, start: number, end: number): Promise<AsyncIterable<Uint8Array> | undefined>;
  /**
   * Reads whole archives again, from where they are kept and not from memory; one result for each id, in order.
   *
   * @default by {@link ArchiveStore.find} and {@link ArchiveStore.read}, for stores that know no faster way
   */
  reread?(tenant: string, archiveIds: readonly string[]): Promise<Reread[]>;
  list(tenant: string, query: ArchiveQuery): Promise<ArchivePage>;
  /** What was held at an instant: stored at or before it, and not deleted, or deleted after it. */
  history(tenant: string, query: HistoryQuery): Promise<HistoryPage>;
  /** How many archives the tenant has. */
  count(tenant: string): Promise<number>;
  /** The record after the change; `undefined` when `record` is no longer current. */
  update(record: ArchiveRecord, change: ArchiveChange, event: AuditEvent): Promise<ArchiveRecord | undefined>;
  /**
   * Replaces the header, with the wrapped key in it, which is destroyed as by {@link ArchiveStore.erase}. The record
   * after the change; `undefined` when `record` is no longer current.
   */
  rewrap(record: ArchiveRecord, header: NewHeader, event: AuditEvent): Promise<ArchiveRecord | undefined>;
  /**
   * Destroys the wrapped key and the bytes in one durable step and leaves a tombstone. `undefined` when `record` is no
   * longer current; nothing was deleted then.
   */
  erase(record: ArchiveRecord, event: AuditEvent): Promise<AuditEntry | undefined>;
  /** Stores a policy unless its id is taken; gives the policy that is held now. */
  insertPolicy(tenant: string, policy: RetentionPolicy, event: AuditEvent): Promise<RetentionPolicy>;
  findPolicy(tenant: string, policyId: string): Promise<RetentionPolicy | undefined>;
  listPolicies(tenant: string): Promise<readonly RetentionPolicy[]>;
  /** Adds to the audit chain what changes no archive. */
  log(tenant: string, event: AuditEvent): Promise<AuditEntry>;
  /** Audit entries with a sequence number above `after`, in order. */
  audit(tenant: string, after: number, limit: number): Promise<readonly AuditEntry[]>;
  /** The hashes of these entries alone, for the Merkle tree over them. */
  auditHashes(tenant: string, after: number, limit: number): Promise<readonly string[]>;
  /** The newest audit entry. */
  auditHead(tenant: string): Promise<AuditEntry | undefined>;
  /** Rejects when the store cannot serve. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
