import { type Caller } from '../caller.ts';
import { type ArchiveRecord } from '../store/archive-store.ts';
import { type Vault } from '../vault.ts';
import { changeArchive } from './change-archive.ts';

/** Places a hold; one that stands keeps its time and reason. @throws 404 */
export function placeHold(
  vault: Vault,
  { tenant, actor }: Caller,
  archiveId: string,
  reason: string,
): Promise<ArchiveRecord> {
  return changeArchive(vault, tenant, archiveId, ({ hold }) => {
    if (hold) return undefined;
    const at = new Date(vault.clock.now());
    const event = { at, actor, action: 'hold.place', subject: archiveId, detail: { reason } } as const;
    return { change: { hold: { reason, since: at } }, event };
  });
}

/** Releases a hold; none to release is fine. @throws 404 */
export function releaseHold(vault: Vault, { tenant, actor }: Caller, archiveId: string): Promise<ArchiveRecord> {
  return changeArchive(vault, tenant, archiveId, ({ hold }) => {
    if (!hold) return undefined;
    const at = new Date(vault.clock.now());
    const detail = { held_since: hold.since.toISOString() };
    return { change: { hold: null }, event: { at, actor, action: 'hold.release', subject: archiveId, detail } };
  });
}
