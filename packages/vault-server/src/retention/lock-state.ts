import { type RetentionLock } from '@llm-memory-graph/contracts';

import { type Vault } from '../vault.ts';

/** `lapsed` means: it has ended, but by a clock that may have been set forward. */
export type LockState = 'none' | 'standing' | 'lapsed';

/** How a lock stands now. One reading of a clock ends none: the wall clock must agree with the monotonic one. */
export function lockState({ clock, guard }: Vault, lock: RetentionLock | null): LockState {
  if (!lock) return 'none';
  const wall = clock.now();
  if (wall < lock.until.getTime()) return 'standing';
  return guard.check({ wall, monotonic: clock.monotonic() }) ? 'lapsed' : 'none';
}
