import { problem } from '@llm-memory-graph/service';

import { type Caller } from '../caller.ts';
import { type ArchiveRecord } from '../store/archive-store.ts';
import { type Vault } from '../vault.ts';
import { changeArchive } from './change-archive.ts';
import { expiryOf } from './expiry.ts';

/**
 * Puts an archive under a policy. The longest minimum wins: a policy lengthens the retention or leaves it, it never
 * shortens what the client asked for or an earlier policy gave.
 *
 * @throws 404 when there is no such archive or policy
 */
export async function applyPolicy(
  vault: Vault,
  { tenant, actor }: Caller,
  archiveId: string,
  policyId: string,
): Promise<ArchiveRecord> {
  const policy = await vault.store.findPolicy(tenant, policyId);
  return changeArchive(vault, tenant, archiveId, (record) => {
    if (!policy) throw problem(404, 'not-found', 'there is no policy with this id');
    if (record.policyId === policyId) return undefined;
    const retentionDays = Math.max(record.retentionDays, policy.retentionDays);
    const change = { policyId, retentionDays, expiresAt: expiryOf(record.storedAt, retentionDays) };
    const detail = { policy_id: policyId, retention_days: retentionDays };
    const at = new Date(vault.clock.now());
    return { change, event: { at, actor, action: 'policy.apply', subject: archiveId, detail } };
  });
}
