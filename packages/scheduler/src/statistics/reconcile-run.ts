import { archivesOfRun } from '../evidence/archives-of-run.ts';
import type { Cancellable } from '../ports/call.ts';
import type { ArchiveLister } from '../ports/retention-vault.ts';
import type { JournalRun } from '../ports/run-journal.ts';

/** What a run counted against what the vault holds of it. */
export interface Reconciliation {
  readonly runId: string;
  /** As the run's journal has it. */
  readonly archivedCount: number;
  /** Archives that the vault lists for the run. */
  readonly heldCount: number;
  /** Counted and not held: lost, erased or deleted since, or stored by an earlier run that did not get to mark them. */
  readonly missing: number;
  /** Held and not counted: stored, but the session was edited before it could be marked. Harmless. */
  readonly unmarked: number;
  /** False when something is missing. */
  readonly reconciles: boolean;
}

/** Counts a run again from what the vault itself lists. */
export async function reconcileRun(
  run: Pick<JournalRun, 'runId' | 'counts'>,
  lister: ArchiveLister,
  options: Cancellable = {},
): Promise<Reconciliation> {
  const { runId, counts } = run;
  const heldCount = (await archivesOfRun(lister, runId, options)).length;
  const missing = Math.max(0, counts.archived - heldCount);
  const unmarked = Math.max(0, heldCount - counts.archived);
  return { runId, archivedCount: counts.archived, heldCount, missing, unmarked, reconciles: missing === 0 };
}
