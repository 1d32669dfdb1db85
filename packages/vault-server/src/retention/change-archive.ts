import { problem } from '@llm-memory-graph/service';

import { heldArchive } from '../archive/held-archive.ts';
import { type AuditEvent } from '../audit/audit-entry.ts';
import { type ArchiveChange, type ArchiveRecord } from '../store/archive-store.ts';
import { type Vault } from '../vault.ts';

const maxTries = 10;

/** What to do with a record as it stands; `undefined` when there is nothing to change. */
export type Decision = { readonly change: Partial<ArchiveChange>; readonly event: AuditEvent } | undefined;

/**
 * Changes an archive by a rule that is decided on its current record, again when another request was faster.
 *
 * @throws 404, 410, and whatever `decide` throws
 */
export async function changeArchive(
  vault: Vault,
  tenant: string,
  archiveId: string,
  decide: (record: ArchiveRecord) => Decision | Promise<Decision>,
): Promise<ArchiveRecord> {
  for (let tries = 0; tries < maxTries; tries++) {
    const record = await heldArchive(vault, tenant, archiveId);
    const decision = await decide(record);
    if (!decision) return record;
    const { retentionDays, expiresAt, policyIds, hold, lock } = record;
    const change = { retentionDays, expiresAt, policyIds, hold, lock, ...decision.change };
    const changed = await vault.store.update(record, change, decision.event);
    if (!changed) continue;
    vault.metrics.changed(decision.event.action);
    return changed;
  }
  throw busy();
}

export function busy(): Error {
  return problem(503, 'busy', 'the archive is being changed by many requests', { headers: { 'retry-after': '1' } });
}
