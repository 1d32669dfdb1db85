import { problem, type ProblemError } from '@llm-memory-graph/service';

import { type ArchiveRecord } from '../store/archive-store.ts';
import { type Vault } from '../vault.ts';
import { lockState } from './lock-state.ts';

/** What keeps an archive from being deleted. */
export type Obstacle = 'legal-hold' | 'lock' | 'clock-doubt';

/**
 * The strongest thing that keeps an archive: a legal hold beats everything, a bypass of governance locks too; a lock
 * that has ended by a clock in doubt still keeps it.
 *
 * @param bypassGovernance whether the caller may and wants to pass governance locks
 */
export function obstacleOf(vault: Vault, record: ArchiveRecord, bypassGovernance: boolean): Obstacle | undefined {
  if (record.hold) return 'legal-hold';
  const state = lockState(vault, record.lock);
  if (state === 'none' || (bypassGovernance && record.lock?.mode === 'governance')) return undefined;
  return state === 'standing' ? 'lock' : 'clock-doubt';
}

/** The obstacle as an answer. */
export function refusalOf(obstacle: Obstacle, { hold, lock }: ArchiveRecord): ProblemError {
  if (obstacle === 'legal-hold')
    return problem(409, 'legal-hold', 'the archive is under a legal hold', {
      extensions: { held_since: hold?.since.toISOString() },
    });
  if (obstacle === 'lock')
    return problem(409, 'locked', `the archive is under a ${lock?.mode ?? ''} lock`, {
      extensions: { lock_mode: lock?.mode, locked_until: lock?.until.toISOString() },
    });
  return problem(503, 'clock-doubt', "the archive's lock has ended by a clock that is not confirmed yet", {
    headers: { 'retry-after': '60' },
  });
}
