import { retentionLock } from '@llm-memory-graph/contracts';
import { emptyAnswer, pathId, readJson, requireScope, type Handler } from '@llm-memory-graph/service';

import { metadataAnswer } from '../archive/metadata-answer.ts';
import { callerOf } from '../caller.ts';
import { liftLock, lockArchive } from '../retention/lock-archive.ts';
import { type Vault } from '../vault.ts';
import { bypassesGovernance } from './bypass-governance.ts';

/** `PUT /api/v1/archive/{id}/lock`. */
export function putLock(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'hold');
    const lock = await readJson(c, vault.limits, retentionLock);
    return metadataAnswer(vault, await lockArchive(vault, callerOf(c), pathId(c), lock));
  };
}

/** `DELETE /api/v1/archive/{id}/lock`. */
export function deleteLock(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'hold');
    await liftLock(vault, callerOf(c), pathId(c), bypassesGovernance(c));
    return emptyAnswer();
  };
}
