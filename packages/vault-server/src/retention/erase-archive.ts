import { problem } from '@llm-memory-graph/service';

import { type AuditAction } from '../audit/audit-entry.ts';
import { type Caller } from '../caller.ts';
import { type Vault } from '../vault.ts';
import { busy } from './change-archive.ts';

const maxTries = 10;

/**
 * Deletes an archive for good; one that was deleted before stays so.
 *
 * @throws 404 when there never was one, 409 under a legal hold
 */
export async function eraseArchive(
  { store, clock }: Vault,
  { tenant, actor }: Caller,
  archiveId: string,
  action: AuditAction = 'delete',
): Promise<void> {
  for (let tries = 0; tries < maxTries; tries++) {
    const found = await store.find(tenant, archiveId);
    if (found.outcome === 'deleted') return;
    if (found.outcome === 'absent') throw problem(404, 'not-found', 'the vault holds no archive with this id');
    const { record } = found;
    if (record.hold)
      throw problem(409, 'legal-hold', 'the archive is under a legal hold', {
        extensions: { held_since: record.hold.since.toISOString() },
      });
    const detail = { digest: record.digest, size: record.size };
    const event = { at: new Date(clock.now()), actor, action, subject: archiveId, detail };
    if (await store.erase(record, event)) return;
  }
  throw busy();
}
