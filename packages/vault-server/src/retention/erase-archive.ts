import { problem } from '@llm-memory-graph/service';

import { notHeld } from '../archive/held-archive.ts';
import { type Caller } from '../caller.ts';
import { type Vault } from '../vault.ts';
import { busy } from './change-archive.ts';
import { obstacleOf, refusalOf } from './obstacle.ts';

const maxTries = 10;

/**
 * Deletes an archive for good; one that was deleted before stays so.
 *
 * @param bypassGovernance whether the caller may and wants to pass a governance lock
 * @throws 404 when there never was one, 409 under a legal hold or a lock
 */
export async function eraseArchive(
  vault: Vault,
  { tenant, actor }: Caller,
  archiveId: string,
  bypassGovernance: boolean,
): Promise<void> {
  const { store, clock, metrics } = vault;
  for (let tries = 0; tries < maxTries; tries++) {
    const found = await store.find(tenant, archiveId);
    if (found.outcome === 'deleted') return;
    if (found.outcome === 'absent') throw problem(404, 'not-found', notHeld.absent);
    const { record } = found;
    const obstacle = obstacleOf(vault, record, bypassGovernance);
    if (obstacle) {
      metrics.deletionRefused('request', obstacle);
      throw refusalOf(obstacle, record);
    }
    const bypassed = obstacleOf(vault, record, false) !== undefined;
    const detail = { digest: record.digest, size: record.size, ...(bypassed && { bypassed_lock: true }) };
    const event = { at: new Date(clock.now()), actor, action: 'delete', subject: archiveId, detail } as const;
    if (!(await store.erase(record, event))) continue;
    metrics.deleted('request', record.size);
    return;
  }
  throw busy();
}
