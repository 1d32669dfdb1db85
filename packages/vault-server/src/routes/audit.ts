import { auditCheckpoint, auditConsistency, auditPage, auditProof } from '@llm-memory-graph/contracts';
import {
  badParameter,
  encodeCursor,
  jsonAnswer,
  problem,
  requireScope,
  type Handler,
  type ServiceContext,
} from '@llm-memory-graph/service';

import { type AuditProofs } from '../audit/audit-proofs.ts';
import { callerOf } from '../caller.ts';
import { type Vault } from '../vault.ts';
import { positionPage } from './query-values.ts';

/** `GET /api/v1/audit`: the chain of the caller's tenant from its beginning, page by page, and its head. */
export function readAudit({ store }: Vault): Handler {
  return async (c) => {
    requireScope(c, 'admin');
    const { tenant } = callerOf(c);
    const { after = 0, limit } = positionPage(c);
    const entries = await store.audit(tenant, after, limit);
    const last = entries.at(-1)?.sequence;
    const head = await store.auditHead(tenant);
    const more = last !== undefined && head !== undefined && last < head.sequence;
    return jsonAnswer(auditPage, {
      tenant,
      entries: [...entries],
      head: head ? { sequence: head.sequence, hash: head.hash } : null,
      nextCursor: more ? encodeCursor([last]) : null,
    });
  };
}

/** `GET /api/v1/audit/checkpoint`: the signed head of the caller's chain. */
export function readCheckpoint(proofs: AuditProofs): Handler {
  return async (c) => {
    requireScope(c, 'admin');
    return jsonAnswer(auditCheckpoint, await proofs.checkpoint(callerOf(c).tenant));
  };
}

/** `GET /api/v1/audit/proof`: an entry and that it is in the chain. */
export function readProof({ store }: Vault, proofs: AuditProofs): Handler {
  return async (c) => {
    requireScope(c, 'admin');
    const { tenant } = callerOf(c);
    const sequence = sequenceOf(c, 'sequence');
    const [entry] = await store.audit(tenant, sequence - 1, 1);
    if (!entry) throw problem(404, 'not-found', 'the audit chain has no such entry yet');
    const checkpoint = await proofs.checkpoint(tenant);
    const path = await proofs.tree.inclusion(tenant, sequence, checkpoint.sequence);
    return jsonAnswer(auditProof, { entry, path: path.map(hex), checkpoint });
  };
}

/** `GET /api/v1/audit/consistency`: that the chain only grew since it had `from` entries. */
export function readConsistency(proofs: AuditProofs): Handler {
  return async (c) => {
    requireScope(c, 'admin');
    const { tenant } = callerOf(c);
    const from = sequenceOf(c, 'from');
    const checkpoint = await proofs.checkpoint(tenant);
    if (from > checkpoint.sequence) throw problem(404, 'not-found', 'the audit chain has not so many entries');
    const path = await proofs.tree.consistency(tenant, from, checkpoint.sequence);
    return jsonAnswer(auditConsistency, { from, path: path.map(hex), checkpoint });
  };
}

function sequenceOf(c: ServiceContext, name: string): number {
  const text = c.req.query(name) ?? '';
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw badParameter(name, 'must be an integer >= 1');
}

function hex(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex');
}
