import { type RetentionPolicy } from '@llm-memory-graph/contracts';

import { type AuditEntry, type AuditEvent } from '../audit/audit-entry.ts';
import { type UploadStore } from './upload-store.ts';

/** A legal hold: nothing deletes the archive while it stands. */
export interface LegalHold {
  readonly reason: string;
  readonly since: Date;
}

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
  readonly policyId: string | null;
  readonly hold: LegalHold | null;
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
}

export interface NewRecordAndEvent {
  readonly record: ArchiveRecord;
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
  readonly deletedAt: Date;
}

export type InsertResult =
  | { readonly outcome: 'stored' | 'held'; readonly record: ArchiveRecord }
  | { readonly outcome: 'deleted'; readonly tombstone: Tombstone };

export type FindResult =
  | { readonly outcome: 'held'; readonly record: ArchiveRecord }
  | { readonly outcome: 'deleted'; readonly tombstone: Tombstone }
  | { readonly outcome: 'absent' };

/** The fields of a record that change during its life. */
export type ArchiveChange = Pick<ArchiveRecord, 'retentionDays' | 'expiresAt' | 'policyId' | 'hold'>;

export interface ArchiveQuery {
  readonly sessionId?: string;
  readonly tag?: string;
  readonly policyId?: string;
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
  list(tenant: string, query: ArchiveQuery): Promise<ArchivePage>;
  /** How many archives the tenant has. */
  count(tenant: string): Promise<number>;
  /** The record after the change; `undefined` when `record` is no longer current. */
  update(record: ArchiveRecord, change: ArchiveChange, event: AuditEvent): Promise<ArchiveRecord | undefined>;
  /**
   * Destroys the wrapped key and the bytes in one durable step and leaves a tombstone. False when `record` is no
   * longer current; nothing was deleted then.
   */
  erase(record: ArchiveRecord, event: AuditEvent): Promise<boolean>;
  /** Stores a policy unless its id is taken; gives the policy that is held now. */
  insertPolicy(tenant: string, policy: RetentionPolicy, event: AuditEvent): Promise<RetentionPolicy>;
  findPolicy(tenant: string, policyId: string): Promise<RetentionPolicy | undefined>;
  listPolicies(tenant: string): Promise<readonly RetentionPolicy[]>;
  /** Audit entries with a sequence number above `after`, in order. */
  audit(tenant: string, after: number, limit: number): Promise<readonly AuditEntry[]>;
  /** The newest audit entry. */
  auditHead(tenant: string): Promise<AuditEntry | undefined>;
  /** Rejects when the store cannot serve. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
