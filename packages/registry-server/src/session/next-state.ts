import type { SessionStatus } from '@llm-memory-graph/contracts';
import { problem } from '@llm-memory-graph/service';
import type { SessionState } from '../store/session-record.ts';

/**
 * What a session becomes when a client sets its status. Every change is possible, and setting the same status again
 * changes nothing, with one exception: `archived` is final, so a late repeat cannot bring a session back that is in
 * the vault. A session gets its end when it is completed or failed, keeps it from then on, and loses it when it
 * becomes active again.
 *
 * @param now ms since the epoch
 * @throws 409 `illegal-transition`
 */
export function nextState(current: SessionState, wanted: SessionStatus, now: number): SessionState {
  if (current.status === wanted) return current;
  switch (wanted) {
    case 'archived':
      return { status: wanted, endedMs: current.endedMs };
    case 'active':
    case 'completed':
    case 'failed':
      if (current.status === 'archived')
        throw problem(409, 'illegal-transition', `an archived session cannot become ${wanted}`);
      return { status: wanted, endedMs: wanted === 'active' ? null : (current.endedMs ?? now) };
  }
}
