import * as z from 'zod/mini';
import { count } from '../fields.ts';
import { contract } from '../wire/contract.ts';

/** Which archives to wrap anew with the vault's present keys; the body may be left out. */
export const rewrapRequest = contract(
  'RewrapRequest',
  z.object({
    dryRun: z._default(z.boolean(), false),
    /** Archives looked at in this call; 1 to 10,000. */
    limit: z._default(z.int().check(z.gte(1), z.lte(10_000)), 1000),
    /** `nextCursor` of the report before; without it from the beginning. */
    cursor: z.optional(z.string()),
  }),
);
export type RewrapRequest = ReturnType<typeof rewrapRequest.parse>;
export type RewrapRequestInput = Parameters<typeof rewrapRequest.parse>[0];

export const rewrapReport = contract(
  'RewrapReport',
  z.object({
    dryRun: z.boolean(),
    /** Archives looked at that the vault itself sealed. */
    examined: count,
    /** Wrapped anew, or would be. */
    rewrapped: count,
    /** Could not be opened with any key that the vault has; the audit log names none of them, the service's log does. */
    failed: z.array(z.string()),
    /** `null` when all were seen. */
    nextCursor: z.nullable(z.string()),
  }),
);
export type RewrapReport = ReturnType<typeof rewrapReport.parse>;
