import { conditional, pathId, requireScope, type Handler } from '@llm-memory-graph/service';

import { heldArchive } from '../archive/held-archive.ts';
import { metadataAnswer } from '../archive/metadata-answer.ts';
import { callerOf } from '../caller.ts';
import { type Vault } from '../vault.ts';

/** `GET /api/v1/archive/{id}/metadata`. */
export function archiveMetadata(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'read');
    const record = await heldArchive(vault, callerOf(c).tenant, pathId(c));
    return conditional(c, await metadataAnswer(vault, record));
  };
}
