import { type RetentionLock } from '@llm-memory-graph/contracts';
import { problem } from '@llm-memory-graph/service';

import { type Caller } from '../caller.ts';
import { type ArchiveRecord } from '../store/archive-store.ts';
import { type Vault } from '../vault.ts';
import { changeArchive } from './change-archive.ts';
import { lockState } from './lock-state.ts';
import { isErasable } from './governing-policy.ts';
import { refusalOf } from './obstacle.ts';

/** No lock ends later than this after it was set, ms: a hundred years. */
const longestMs = 36_500 * 86_400_000;

/**
 * Locks an archive or extends its lock. A lock is never shortened, and `compliance` never becomes `governance`.
 *
 * @throws 400 when it would end in the past or too far away, 404, 409 when it would weaken the lock that stands or the
 * archive is under a `gdpr` policy
 */
export function lockArchive(
  vault: Vault,
  { tenant, actor }: Caller,
  archiveId: string,
  lock: RetentionLock,
): Promise<ArchiveRecord> {
  return changeArchive(vault, tenant, archiveId, async (record) => {
    const now = vault.clock.now();
    if (lock.until.getTime() <= now || lock.until.getTime() > now + longestMs)
      throw problem(400, 'validation', 'the lock must end in the future, within 100 years', {
        errors: [{ pointer: '/until', message: 'must lie in the future, within 100 years' }],
      });
    if (isErasable(record, await vault.store.listPolicies(tenant))) throw notLockable();
    const stands = lockState(vault, record.lock) === 'none' ? null : record.lock;
    if (stands && (lock.until < stands.until || (stands.mode === 'compliance' && lock.mode === 'governance')))
      throw problem(409, 'lock-weakened', 'a lock can be extended, never shortened or made weaker', {
        extensions: { lock_mode: stands.mode, locked_until: stands.until.toISOString() },
      });
    if (stands?.mode === lock.mode && stands.until.getTime() === lock.until.getTime()) return undefined;
    const detail = { lock_mode: lock.mode, locked_until: lock.until.toISOString() };
    return { change: { lock }, event: { at: new Date(now), actor, action: 'lock.set', subject: archiveId, detail } };
  });
}

/**
 * Lifts a governance lock; none to lift is fine.
 *
 * @param bypassGovernance whether the caller may and wants to
 * @throws 404, 409 under a legal hold, for a compliance lock, and without `bypassGovernance`
 */
export function liftLock(
  vault: Vault,
  { tenant, actor }: Caller,
  archiveId: string,
  bypassGovernance: boolean,
): Promise<ArchiveRecord> {
  return changeArchive(vault, tenant, archiveId, (record) => {
    const { lock, hold } = record;
    if (!lock || lockState(vault, lock) === 'none') return undefined;
    if (hold) throw refusalOf('legal-hold', record);
    if (lock.mode === 'compliance' || !bypassGovernance) throw refusalOf('lock', record);
    const detail = { lock_mode: lock.mode, locked_until: lock.until.toISOString() };
    const at = new Date(vault.clock.now());
    return { change: { lock: null }, event: { at, actor, action: 'lock.lift', subject: archiveId, detail } };
  });
}

export function notLockable(): Error {
  return problem(409, 'not-lockable', 'what is under a gdpr policy stays erasable: it and a lock exclude each other');
}
