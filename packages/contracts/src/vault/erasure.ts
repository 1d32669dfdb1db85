import * as z from 'zod/mini';
import { count, resourceId } from '../fields.ts';
import { contract } from '../wire/contract.ts';
import { lockMode } from './lock.ts';

/** Which archives to erase: by exactly one of ids, session and metadata. */
export const erasureRequest = contract(
  'ErasureRequest',
  z.object({
    archiveIds: z.optional(z.array(resourceId).check(z.minLength(1), z.maxLength(10_000))),
    sessionId: z.optional(resourceId),
    /** Every archive whose metadata has this member with this value: a string, or a number or boolean as written. */
    metadata: z.optional(z.object({ key: z.string().check(z.minLength(1)), value: z.string() })),
    /** Only tells what would be erased. */
    dryRun: z._default(z.boolean(), false),
    /** Nothing is erased when there are more; 1 to 100,000. */
    maxErasures: z._default(z.int().check(z.gte(1), z.lte(100_000)), 1000),
    /** The requester's own number of the case. It stands in the audit log for good: put no name there. */
    reference: z._default(z.string().check(z.maxLength(200)), ''),
  }),
);
export type ErasureRequest = ReturnType<typeof erasureRequest.parse>;
export type ErasureRequestInput = Parameters<typeof erasureRequest.parse>[0];

/** What became of an erasure request, signed by the vault where it has a key for that. */
export const erasureReceipt = contract(
  'ErasureReceipt',
  z.object({
    erasureId: z.string(),
    tenant: z.string(),
    at: z.date(),
    reference: z.string(),
    dryRun: z.boolean(),
    /** Their keys are destroyed, or would be in a dry run. */
    erased: z.array(
      z.object({
        archiveId: z.string(),
        /** Of the sealed bytes that are gone. */
        digest: z.string(),
        /** The audit entry of the erasure; `null` in a dry run. */
        auditSequence: z.nullable(count),
      }),
    ),
    /** What stays, and why. */
    kept: z.array(
      z.object({
        archiveId: z.string(),
        reason: z.enum(['legal-hold', 'lock']),
        lock: z.optional(z.object({ mode: lockMode, until: z.date() })),
      }),
    ),
    /** Ids that the vault does not hold. */
    absent: z.array(z.string()),
    /** The audit entry of this receipt; `null` in a dry run. */
    auditSequence: z.nullable(count),
    /** Which key signed, as in a checkpoint; `null` when the vault has none. */
    keyId: z.nullable(z.string()),
    /** Ed25519 over the fields above, base64. */
    signature: z.nullable(z.string()),
  }),
);
export type ErasureReceipt = ReturnType<typeof erasureReceipt.parse>;
