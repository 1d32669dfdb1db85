import * as z from 'zod/mini';
import { contract } from '../wire/contract.ts';

/** What a retention sweep may do; the body may be left out. */
export const sweepRequest = contract(
  'SweepRequest',
  z.object({
    dryRun: z._default(z.boolean(), true),
    /** Most archives deleted in one run. */
    maxDeletions: z._default(z.int().check(z.gte(1), z.lte(100_000)), 1000),
    /** The same as a share of all archives of the tenant; one is always allowed. */
    maxShare: z._default(z.number().check(z.gt(0), z.lte(1)), 0.1),
  }),
);
export type SweepRequest = ReturnType<typeof sweepRequest.parse>;
export type SweepRequestInput = Parameters<typeof sweepRequest.parse>[0];

export const sweepReport = contract(
  'SweepReport',
  z.object({
    dryRun: z.boolean(),
    /** Why nothing was deleted: the clock was not good enough yet. `null` when it was. */
    skipped: z.nullable(z.enum(['first-reading', 'too-soon', 'clock-jump'])),
    /** What was deleted, or would be. */
    archiveIds: z.array(z.string()),
    /** Expired archives that stay: under a legal hold. */
    held: z.int(),
    /** Expired archives that stay: locked. */
    locked: z.int(),
    /** Expired archives that stay: no policy, or one without `autoDelete`. */
    kept: z.int(),
    /** True when a cap ended the run before all was seen. */
    capped: z.boolean(),
  }),
);
export type SweepReport = ReturnType<typeof sweepReport.parse>;
