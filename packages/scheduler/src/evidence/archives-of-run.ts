import type { ArchiveMetadata } from '@llm-memory-graph/contracts';
import type { Cancellable } from '../ports/call.ts';
import type { ArchiveLister } from '../ports/retention-vault.ts';

/** What the vault holds of a run. Each scheduled archive carries the id of its run, so a run that was resumed is whole. */
export function archivesOfRun(
  lister: ArchiveLister,
  runId: string,
  { signal }: Cancellable,
): AsyncIterable<ArchiveMetadata> {
  return lister.archives({ metadata: { key: 'run_id', value: runId }, pageSize: 1000 }, { signal });
}
