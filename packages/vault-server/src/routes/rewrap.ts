import { rewrapReport, rewrapRequest } from '@llm-memory-graph/contracts';
import { encodeCursor, jsonAnswer, requireScope, type Handler } from '@llm-memory-graph/service';

import { rewrapArchives } from '../archive/rewrap-archives.ts';
import { callerOf } from '../caller.ts';
import { type Vault } from '../vault.ts';
import { readOptionalJson } from './optional-body.ts';
import { positionOf } from './query-values.ts';

/** `POST /api/v1/keys/rewrap`. */
export function rewrapKeys(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'admin');
    const { dryRun, limit, cursor } = await readOptionalJson(c, vault.limits, rewrapRequest);
    const after = cursor === undefined ? 0 : positionOf(cursor);
    const { next, ...report } = await rewrapArchives(vault, callerOf(c), { dryRun, limit, after });
    return jsonAnswer(rewrapReport, { ...report, nextCursor: next === undefined ? null : encodeCursor([next]) });
  };
}
