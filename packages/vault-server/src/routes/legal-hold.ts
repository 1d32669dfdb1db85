import { contract } from '@llm-memory-graph/contracts';
import {
  bodyBytes,
  emptyAnswer,
  jsonTextAnswer,
  pathId,
  readJson,
  requireScope,
  type Handler,
} from '@llm-memory-graph/service';
import * as z from 'zod/mini';

import { metadataText } from '../archive/answers.ts';
import { callerOf } from '../caller.ts';
import { placeHold, releaseHold } from '../retention/legal-hold.ts';
import { type Vault } from '../vault.ts';

/** Body of `PUT …/legal-hold`; it may be left out. The reason stands in the audit log for good. */
export const legalHoldRequest = contract(
  'LegalHoldRequest',
  z.object({ reason: z._default(z.string().check(z.maxLength(1000)), '') }),
);

/** `PUT /api/v1/archive/{id}/legal-hold`. */
export function putHold(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'hold');
    const hasBody = (await bodyBytes(c, vault.limits.maxBodyBytes)).length > 0;
    const { reason } = hasBody ? await readJson(c, vault.limits, legalHoldRequest) : { reason: '' };
    return jsonTextAnswer(metadataText(await placeHold(vault, callerOf(c), pathId(c), reason)));
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
