import { legalHoldRequest } from '@llm-memory-graph/contracts';
import { emptyAnswer, pathId, requireScope, type Handler } from '@llm-memory-graph/service';

import { metadataAnswer } from '../archive/metadata-answer.ts';
import { callerOf } from '../caller.ts';
import { placeHold, releaseHold } from '../retention/legal-hold.ts';
import { type Vault } from '../vault.ts';
import { readOptionalJson } from './optional-body.ts';

/** `PUT /api/v1/archive/{id}/legal-hold`. */
export function putHold(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'hold');
    const { reason } = await readOptionalJson(c, vault.limits, legalHoldRequest);
    return metadataAnswer(vault, await placeHold(vault, callerOf(c), pathId(c), reason));
  };
}

/** `DELETE /api/v1/archive/{id}/legal-hold`. */
export function deleteHold(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'hold');
    await releaseHold(vault, callerOf(c), pathId(c));
    return emptyAnswer();
  };
}
