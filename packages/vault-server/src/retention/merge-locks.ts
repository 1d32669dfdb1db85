import { type RetentionLock } from '@llm-memory-graph/contracts';

/** One lock that keeps all that both keep: the stricter mode until the later end. */
export function mergeLocks(a: RetentionLock | null, b: RetentionLock): RetentionLock {
  if (!a) return b;
  return {
    mode: a.mode === 'compliance' ? a.mode : b.mode,
    until: a.until > b.until ? a.until : b.until,
  };
}
