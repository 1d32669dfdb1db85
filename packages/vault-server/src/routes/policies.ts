import { isDeepStrictEqual } from 'node:util';

import { policyApplication, retentionPolicy, stringifyJson, type RetentionPolicy } from '@llm-memory-graph/contracts';
import {
  emptyAnswer,
  jsonAnswer,
  jsonTextAnswer,
  pathId,
  problem,
  readJson,
  readJsonBody,
  requireScope,
  withInstant,
  type Handler,
} from '@llm-memory-graph/service';

import { callerOf } from '../caller.ts';
import { applyPolicy } from '../retention/apply-policy.ts';
import { type Vault } from '../vault.ts';

/** `POST /api/v1/policies`: idempotent by id; another policy under a taken id is a conflict. */
export function createPolicy(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'write');
    const { tenant, actor } = callerOf(c);
    const { value } = await readJsonBody(c, vault.limits);
    const policy = retentionPolicy.decode(withInstant(value, 'created_at', vault.clock));
    checkPolicy(policy);
    // What its archives come under is a lock, and who may not set one may not set it by a policy.
    if (policy.lock) requireScope(c, 'hold');
    const { policyId, retentionDays, maxRetentionDays, autoDelete, complianceLevel, lock } = policy;
    const held = await vault.store.insertPolicy(tenant, policy, {
      at: new Date(vault.clock.now()),
      actor,
      action: 'policy.create',
      subject: policyId,
      detail: {
        retention_days: retentionDays,
        auto_delete: autoDelete,
        compliance_level: complianceLevel,
        ...(lock && { lock_mode: lock }),
        ...(maxRetentionDays !== undefined && { max_retention_days: maxRetentionDays }),
      },
    });
    if (!isSamePolicy(held, policy))
      throw problem(409, 'policy-conflict', 'there is another policy with this id; policies do not change');
    return jsonAnswer(retentionPolicy, held);
  };
}

/** @throws 400 when the policy contradicts itself */
function checkPolicy({ lock, complianceLevel, retentionDays, maxRetentionDays }: RetentionPolicy): void {
  const refuse = (pointer: string, message: string): Error =>
    problem(400, 'validation', 'the policy contradicts itself', { errors: [{ pointer, message }] });
  if (lock && complianceLevel === 'gdpr')
    throw refuse('/lock', 'a gdpr policy keeps archives erasable: it cannot lock');
  if (maxRetentionDays !== undefined && maxRetentionDays < retentionDays)
    throw refuse('/max_retention_days', 'must not be less than retention_days');
}

// Not `createdAt`: a client that fills it in anew on each call still means the same policy.
function isSamePolicy({ createdAt: _a, ...a }: RetentionPolicy, { createdAt: _b, ...b }: RetentionPolicy): boolean {
  return isDeepStrictEqual(a, b);
}

/** `GET /api/v1/policies`. */
export function listPolicies(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'read');
    const policies = await vault.store.listPolicies(callerOf(c).tenant);
    return jsonTextAnswer(stringifyJson({ policies: policies.map((policy) => retentionPolicy.encode(policy)) }));
  };
}

/** `GET /api/v1/policies/{id}`. */
export function getPolicy(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'read');
    const policy = await vault.store.findPolicy(callerOf(c).tenant, pathId(c));
    if (!policy) throw problem(404, 'not-found', 'there is no policy with this id');
    return jsonAnswer(retentionPolicy, policy);
  };
}

/** `PUT /api/v1/archive/{id}/policy`. */
export function putPolicy(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'write');
    const { policyId } = await readJson(c, vault.limits, policyApplication);
    await applyPolicy(vault, callerOf(c), pathId(c), policyId);
    return emptyAnswer();
  };
}
