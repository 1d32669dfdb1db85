import { contract } from '@llm-memory-graph/contracts';
import { bodyBytes, jsonAnswer, readJson, requireScope, type Handler } from '@llm-memory-graph/service';
import * as z from 'zod/mini';

import { callerOf } from '../caller.ts';
import { ClockGuard } from '../retention/clock-guard.ts';
import { sweep } from '../retention/sweep.ts';
import { type Vault } from '../vault.ts';

export const sweepRequest = contract(
  'SweepRequest',
  z.object({
    dryRun: z._default(z.boolean(), true),
    maxDeletions: z._default(z.int().check(z.gte(1), z.lte(100_000)), 1000),
    maxShare: z._default(z.number().check(z.gt(0), z.lte(1)), 0.1),
  }),
);

export const sweepReport = contract(
  'SweepReport',
  z.object({
    dryRun: z.boolean(),
    skipped: z.nullable(z.enum(['first-reading', 'too-soon', 'clock-jump'])),
    archiveIds: z.array(z.string()),
    held: z.int(),
    kept: z.int(),
    capped: z.boolean(),
  }),
);

/** `POST /api/v1/retention/sweep`: a dry run unless `dry_run` is false. */
export function retentionSweep(vault: Vault): Handler {
  const guard = new ClockGuard();
  return async (c) => {
    requireScope(c, 'admin');
    const hasBody = (await bodyBytes(c, vault.limits.maxBodyBytes)).length > 0;
    const order = hasBody ? await readJson(c, vault.limits, sweepRequest) : sweepRequest.parse({});
    const report = await sweep(vault, guard, callerOf(c), order);
    return jsonAnswer(sweepReport, { ...report, archiveIds: [...report.archiveIds] });
  };
}
