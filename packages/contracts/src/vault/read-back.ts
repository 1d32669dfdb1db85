import * as z from 'zod/mini';
import { count, resourceId } from '../fields.ts';
import { contract } from '../wire/contract.ts';

/** Most archives in one {@link readBackRequest}. */
export const maxReadBack = 1000;

/** Which archives the vault is to read again. */
export const readBackRequest = contract(
  'ReadBackRequest',
  z.object({ archiveIds: z.array(resourceId).check(z.minLength(1), z.maxLength(maxReadBack)) }),
);
export type ReadBackRequest = ReturnType<typeof readBackRequest.parse>;

/** What the vault found when it read archives again; each id asked for is in one of the two lists. */
export const readBackReport = contract(
  'ReadBackReport',
  z.object({
    archives: z.array(
      z.object({
        archiveId: z.string(),
        sessionId: z.string(),
        /** `sha256:<hex>` of the bytes as they were read for this answer, not as they were remembered. */
        digest: z.string(),
        /** How many. */
        size: count,
      }),
    ),
    failed: z.array(
      z.object({
        archiveId: z.string(),
        /** 404 when it never was, 410 when it was deleted, 500 when it cannot be read. */
        status: z.int(),
        error: z.string(),
      }),
    ),
  }),
);
export type ReadBackReport = ReturnType<typeof readBackReport.parse>;
