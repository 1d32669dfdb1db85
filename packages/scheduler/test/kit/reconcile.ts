import { complaints } from './oracle.ts';
import type { World } from './world.ts';

/** Complaints about graph and vault, and about the statistics of all runs against the vault's own records. */
export function reconcile(world: World, ids: readonly string[]): string[] {
  const found = complaints(world.graph, world.vault.evidence(), ids, world.documents);
  const runs = world.journal.runs({ limit: 1000 });
  const archived = runs.reduce((sum, { counts }) => sum + counts.archived, 0);
  const held = world.vault.held.size;
  if (archived !== held) found.push(`the runs count ${String(archived)} archives, the vault holds ${String(held)}`);
  const open = runs.filter(({ finishedAt }) => finishedAt === undefined).length;
  if (open > 0) found.push(`${String(open)} runs are left open`);
  return found;
}
