import { type KeyObject } from 'node:crypto';

import { erasureReceipt, erasureRequest } from '@llm-memory-graph/contracts';
import { jsonAnswer, readJson, requireScope, type Handler } from '@llm-memory-graph/service';

import { signErasure } from '../audit/erasure-receipt.ts';
import { callerOf } from '../caller.ts';
import { erasure } from '../retention/erasure.ts';
import { type Vault } from '../vault.ts';

/** `POST /api/v1/erasures`. */
export function eraseArchives(vault: Vault, key: KeyObject | undefined): Handler {
  return async (c) => {
    requireScope(c, 'delete');
    const report = await erasure(vault, callerOf(c), await readJson(c, vault.limits, erasureRequest));
    return jsonAnswer(erasureReceipt, key ? signErasure(report, key) : { ...report, keyId: null, signature: null });
  };
}
