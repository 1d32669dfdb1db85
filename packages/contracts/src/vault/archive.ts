import * as z from 'zod/mini';
import { count, days, metadata, resourceId, tags } from '../fields.ts';
import { contract } from '../wire/contract.ts';
import { legalHold, retentionLock } from './lock.ts';

const entryFields = {
  /** Chosen by the client; a UUID by convention. The same id with the same content is the same archive. */
  id: resourceId,
  sessionId: resourceId,
  archivedAt: z._default(z.date(), () => new Date()),
  retentionDays: days,
  tags,
  metadata,
};

/** A session to archive, or one retrieved. `data` is any JSON value; its text is kept digit for digit by the vault. */
export const archiveEntry = contract('ArchiveEntry', z.object({ ...entryFields, data: z.unknown() }));
export type ArchiveEntry = ReturnType<typeof archiveEntry.parse>;
export type ArchiveEntryInput = Parameters<typeof archiveEntry.parse>[0];

/** What the client says of an archive that it sealed itself: the entry without its data, and the digest it computed. */
export const sealedEntry = contract(
  'SealedEntry',
  z.object({
    ...entryFields,
    /** `sha256:<64 hex digits>` of the sealed bytes. */
    digest: z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/)),
  }),
);
export type SealedEntry = ReturnType<typeof sealedEntry.parse>;
export type SealedEntryInput = Parameters<typeof sealedEntry.parse>[0];

/** The vault's word that it holds an archive durably. */
export const archiveReceipt = contract(
  'ArchiveReceipt',
  z.object({
    archiveId: z.string(),
    sessionId: z.string(),
    /** `archived` when this request stored it, also on a repeat. */
    status: z.string(),
    archivedAt: z.date(),
    /** `sha256:<hex>` of the bytes that the vault holds; absent from services that know no receipts. */
    digest: z.optional(z.string()),
    /** Size of those bytes. */
    size: z.optional(count),
    /** True when the vault held this archive before this request. */
    duplicate: z.optional(z.boolean()),
    /** The audit entry that tells of the archive; its inclusion can be proven. */
    auditSequence: z.optional(count),
  }),
);
export type ArchiveReceipt = ReturnType<typeof archiveReceipt.parse>;

const batchFailure = z.object({
  sessionId: z.string(),
  /** Absent from services that name failures by their session alone, and when the element held no well-formed id. */
  archiveId: z.optional(z.string()),
  /** Place in the batch, from 0; absent likewise. */
  index: z.optional(count),
  /** Type of the problem, for example `archive-conflict`; absent likewise. */
  type: z.optional(z.string()),
  /** One line for people. */
  error: z.string(),
});

/** Result of a batch: ids of the archives held now, and what failed. */
export const batchResult = contract(
  'BatchResult',
  z.object({
    archived: z.array(z.string()),
    total: count,
    successCount: count,
    failed: z._default(z.array(batchFailure), () => []),
    /** One receipt per archived id; absent from services that know no receipts. */
    receipts: z.optional(z.array(archiveReceipt.schema)),
  }),
);
export type BatchResult = ReturnType<typeof batchResult.parse>;

/** Everything about an archive except its content. */
export const archiveMetadata = contract(
  'ArchiveMetadata',
  z.object({
    archiveId: z.string(),
    sessionId: z.string(),
    archivedAt: z.date(),
    /** When the vault made it durable, by the vault's clock. */
    storedAt: z.date(),
    retentionDays: z.int(),
    expiresAt: z.date(),
    /** The policy that decides: of all it is under, the one with the longest retention. */
    policyId: z.nullable(z.string()),
    /** All policies that it is under, in the order in which they came. */
    policyIds: z.optional(z.array(z.string())),
    /** Policies whose `maxRetentionDays` is exceeded, because something else keeps the archive longer. */
    exceededMaximums: z.optional(z.array(z.string())),
    legalHold: z.optional(z.nullable(legalHold.schema)),
    lock: z.optional(z.nullable(retentionLock.schema)),
    tags: z.array(z.string()),
    metadata,
    digest: z.string(),
    size: count,
    /** `client`: only the client can open it; `server`: the vault seals and opens it. */
    sealedBy: z.enum(['client', 'server']),
    encrypted: z.boolean(),
    compressed: z.boolean(),
    /** The audit entry that tells of the archive. */
    auditSequence: z.optional(count),
  }),
);
export type ArchiveMetadata = ReturnType<typeof archiveMetadata.parse>;
