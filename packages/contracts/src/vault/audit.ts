import * as z from 'zod/mini';
import { count } from '../fields.ts';
import { contract } from '../wire/contract.ts';

const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));

/** One link of the audit chain of a tenant. */
export const auditEntry = contract(
  'AuditEntry',
  z.object({
    /** From 1, without gaps. */
    sequence: count,
    at: z.date(),
    /** `key:` and the start of the SHA-256 of an API key. */
    actor: z.string(),
    action: z.string(),
    /** The archive, policy or order concerned. */
    subject: z.string(),
    /** Facts about ciphertext and rules. */
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    /** Hash of the entry before; 64 zeros for the first. */
    previous: sha256,
    hash: sha256,
  }),
);

export type AuditEntry = ReturnType<typeof auditEntry.parse>;

/** One page of the chain from its beginning, and its head. */
export const auditPage = contract(
  'AuditPage',
  z.object({
    tenant: z.string(),
    entries: z.array(auditEntry.schema),
    head: z.nullable(z.object({ sequence: count, hash: sha256 })),
    nextCursor: z.nullable(z.string()),
  }),
);
export type AuditPage = ReturnType<typeof auditPage.parse>;

/** The state of an audit chain, signed. */
export const auditCheckpoint = contract(
  'AuditCheckpoint',
  z.object({
    tenant: z.string(),
    /** How many entries it speaks of; 0 for a chain without entries. */
    sequence: count,
    /** Hash of the last of them. */
    hash: sha256,
    /** Root of the Merkle tree (RFC 9162) over the hashes of all of them. */
    root: sha256,
    at: z.date(),
    /** First 16 hex digits of the SHA-256 of the public key (SPKI, DER). */
    keyId: z.string(),
    /** Ed25519 (RFC 8032) over the fields above, base64. */
    signature: z.string(),
  }),
);

export type AuditCheckpoint = ReturnType<typeof auditCheckpoint.parse>;

/** That an entry is in the tree of a checkpoint. */
export const auditProof = contract(
  'AuditProof',
  z.object({
    entry: auditEntry.schema,
    /** Inclusion path (RFC 9162, section 2.1.3), from the leaf up. */
    path: z.array(sha256),
    checkpoint: auditCheckpoint.schema,
  }),
);

export type AuditProof = ReturnType<typeof auditProof.parse>;

/** That the tree of a checkpoint only grew since it had `from` entries. */
export const auditConsistency = contract(
  'AuditConsistency',
  z.object({
    from: count,
    /** Consistency path (RFC 9162, section 2.1.4). */
    path: z.array(sha256),
    checkpoint: auditCheckpoint.schema,
  }),
);
export type AuditConsistency = ReturnType<typeof auditConsistency.parse>;
