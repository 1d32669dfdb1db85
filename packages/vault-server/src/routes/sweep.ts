import { sweepReport, sweepRequest } from '@llm-memory-graph/contracts';
import { jsonAnswer, requireScope, type Handler } from '@llm-memory-graph/service';

import { callerOf } from '../caller.ts';
import { sweep } from '../retention/sweep.ts';
import { type Vault } from '../vault.ts';
import { readOptionalJson } from './optional-body.ts';

/** `POST /api/v1/retention/sweep`: a dry run unless `dry_run` is false. */
export function retentionSweep(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'admin');
    const order = await readOptionalJson(c, vault.limits, sweepRequest);
    return jsonAnswer(sweepReport, await sweep(vault, callerOf(c), order));
  };
}
