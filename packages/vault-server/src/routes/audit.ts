import { type KeyObject } from 'node:crypto';

import {
  decodeCursor,
  encodeCursor,
  jsonTextAnswer,
  pageRequest,
  requireScope,
  type Handler,
} from '@llm-memory-graph/service';

import { signCheckpoint } from '../audit/checkpoint.ts';
import { callerOf } from '../caller.ts';
import { type Vault } from '../vault.ts';

/** `GET /api/v1/audit`: the chain of the caller's tenant from its beginning, page by page, and its head. */
export function readAudit({ store }: Vault): Handler {
  return async (c) => {
    requireScope(c, 'admin');
    const { tenant } = callerOf(c);
    const { pageSize, cursor } = pageRequest(c);
    const after = cursor === undefined ? 0 : Number(decodeCursor(cursor, 1)[0]);
    const entries = await store.audit(tenant, after, pageSize);
    const last = entries.at(-1)?.sequence;
    const head = await store.auditHead(tenant);
    const more = last !== undefined && head !== undefined && last < head.sequence;
    return jsonTextAnswer(
      JSON.stringify({
        tenant,
        entries,
        head: head ? { sequence: head.sequence, hash: head.hash } : null,
        next_cursor: more ? encodeCursor([last]) : null,
      }),
    );
  };
}

/** `GET /api/v1/audit/checkpoint`: the signed head of the caller's chain. */
export function auditCheckpoint({ store, clock }: Vault, key: KeyObject): Handler {
  return async (c) => {
    requireScope(c, 'admin');
    const { tenant } = callerOf(c);
    const { keyId, ...checkpoint } = signCheckpoint(tenant, await store.auditHead(tenant), new Date(clock.now()), key);
    return jsonTextAnswer(JSON.stringify({ ...checkpoint, key_id: keyId }));
  };
}
