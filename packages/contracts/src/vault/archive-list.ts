import * as z from 'zod/mini';
import { count } from '../fields.ts';
import { contract } from '../wire/contract.ts';
import { archiveMetadata } from './archive.ts';

/** Filters of `GET /api/v1/archive`. All given ones must hold; instants are RFC 3339, ranges begin inclusive and end exclusive. */
export const archiveFilters = [
  'session_id',
  'tag',
  'policy_id',
  'compliance_level',
  /** Together with `metadata_value`: a member of the metadata that is a string, a number or a boolean. */
  'metadata_key',
  'metadata_value',
  'legal_hold',
  'sealed_by',
  'archived_after',
  'archived_before',
  'expires_before',
] as const;

/** One page of archives, in the order in which the vault stored them. */
export const archivePage = contract(
  'ArchivePage',
  z.object({ archives: z.array(archiveMetadata.schema), nextCursor: z.nullable(z.string()) }),
);
export type ArchivePage = ReturnType<typeof archivePage.parse>;

/** What the vault held at an instant. */
export const archiveHistory = contract(
  'ArchiveHistory',
  z.object({
    asOf: z.date(),
    archives: z.array(
      z.object({
        archiveId: z.string(),
        /** `null` for an archive deleted since, unless it was asked for: what is left of it names no session. */
        sessionId: z.nullable(z.string()),
        storedAt: z.date(),
        /** When it was deleted after that instant; `null` when the vault still holds it. */
        deletedAt: z.nullable(z.date()),
        digest: z.string(),
        size: count,
        /** The audit entry that tells of its deletion, or else of its arrival. */
        auditSequence: count,
      }),
    ),
    nextCursor: z.nullable(z.string()),
  }),
);
export type ArchiveHistory = ReturnType<typeof archiveHistory.parse>;
