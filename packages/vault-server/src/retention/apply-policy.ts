import { problem } from '@llm-memory-graph/service';

import { type Caller } from '../caller.ts';
import { type ArchiveRecord } from '../store/archive-store.ts';
import { type Vault } from '../vault.ts';
import { changeArchive } from './change-archive.ts';
import { expiryOf } from './expiry.ts';
import { exceededMaximums, isErasable } from './governing-policy.ts';
import { notLockable } from './lock-archive.ts';
import { lockState } from './lock-state.ts';
import { mergeLocks } from './merge-locks.ts';

/**
 * Puts an archive under a policy, besides those it is under. The longest minimum wins: a policy lengthens the retention
 * or leaves it, it never shortens what the client asked for or another policy gave. A locking policy locks the archive
 * for its own retention.
 *
 * @throws 404 when there is no such archive or policy, 409 when a `gdpr` policy and a lock would meet
 */
export async function applyPolicy(
  vault: Vault,
  { tenant, actor }: Caller,
  archiveId: string,
  policyId: string,
): Promise<ArchiveRecord> {
  return changeArchive(vault, tenant, archiveId, async (record) => {
    const policies = await vault.store.listPolicies(tenant);
    const policy = policies.find((one) => one.policyId === policyId);
    if (!policy) throw problem(404, 'not-found', 'there is no policy with this id');
    if (record.policyIds.includes(policyId)) return undefined;
    const stands = lockState(vault, record.lock) === 'none' ? null : record.lock;
    if (policy.complianceLevel === 'gdpr' && stands) throw notLockable();
    if (policy.lock && isErasable(record, policies)) throw notLockable();
    const now = vault.clock.now();
    const until = expiryOf(record.storedAt, policy.retentionDays);
    const lock = policy.lock && until.getTime() > now ? mergeLocks(stands, { mode: policy.lock, until }) : stands;
    const retentionDays = Math.max(record.retentionDays, policy.retentionDays);
    const policyIds = [...record.policyIds, policyId];
    const exceeded = exceededMaximums({ policyIds, retentionDays }, policies);
    if (exceeded.length > 0) vault.onEvent({ type: 'maximum-exceeded', tenant, archiveId, policyIds: exceeded });
    const change = { policyIds, retentionDays, expiresAt: expiryOf(record.storedAt, retentionDays), lock };
    const detail = {
      policy_id: policyId,
      retention_days: retentionDays,
      ...(lock && { lock_mode: lock.mode, locked_until: lock.until.toISOString() }),
      ...(exceeded.length > 0 && { exceeded_maximums: exceeded.join(' ') }),
    };
    return { change, event: { at: new Date(now), actor, action: 'policy.apply', subject: archiveId, detail } };
  });
}
