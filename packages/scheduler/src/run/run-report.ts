import type { ArchivalStats } from '../archival-stats.ts';
import type { PruneCounts } from './prune.ts';
import type { JournalRun, RunOutcome } from '../ports/run-journal.ts';

/** What a call of `runOnce` did. */
export interface RunReport {
  readonly outcome: RunOutcome;
  /** The runs that it worked on: the one an earlier process left behind, if any, and its own. */
  readonly runs: readonly JournalRun[];
  /** What this call did; a resumed run's counts from before are in its {@link JournalRun.counts}. */
  readonly stats: ArchivalStats;
  /** Sessions removed from the source, and those that stayed because the vault did not show the whole of them. */
  readonly pruned: PruneCounts;
  /** Why the run ended early, when `outcome` is `unavailable`. */
  readonly error?: unknown;
}
