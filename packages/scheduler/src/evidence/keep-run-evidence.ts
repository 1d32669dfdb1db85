import { stringifyJson, type ArchiveMetadata } from '@llm-memory-graph/contracts';
import { archiveIdentity } from '../archive-identity.ts';
import type { ArchiveVault } from '../ports/archive-vault.ts';
import type { Cancellable } from '../ports/call.ts';
import type { JournalRun } from '../ports/run-journal.ts';
import type { ArchiveLister } from '../ports/retention-vault.ts';
import { SchedulerError } from '../scheduler-error.ts';
import { archivesOfRun } from './archives-of-run.ts';
import { runManifest, signManifest, type ManifestEntry, type RunManifest } from './run-manifest.ts';
import type { EvidenceSigner } from './signer.ts';
import { utf8 } from './text-bytes.ts';

/** What {@link keepRunEvidence} works with. */
export interface KeepEvidenceOptions extends Cancellable {
  /** Lists what the vault holds: a `VaultClient` as it is. */
  readonly lister: ArchiveLister;
  /** Stores the manifest: the scheduler's own vault port. */
  readonly vault: Pick<ArchiveVault, 'archive' | 'readBack'>;
  readonly signer: EvidenceSigner;
  /** Days that the vault keeps the manifest, 1 to 36500. @default 3650 */
  readonly retentionDays?: number;
}

/** Where the evidence of a run is. */
export interface KeptEvidence {
  readonly archiveId: string;
  /** `sha256:<hex>` of the sealed manifest. */
  readonly digest: string;
  readonly manifest: RunManifest;
}

export const evidenceTag = 'run-evidence';

function entryOf({ archiveId, sessionId, digest, size, metadata }: ArchiveMetadata) {
  const version = metadata['session_version'];
  return { sessionId, version: typeof version === 'number' ? version : null, archiveId, digest, size };
}

/**
 * Writes down what a finished run put into the vault - as the vault itself lists it - signs it and keeps it in the vault as
 * an archive of its own. Calling it again is the same archive, unless the vault lists something else by then.
 *
 * @throws {SchedulerError} `unavailable` when the vault does not hold the manifest afterwards
 * @throws {TypeError} when the run is not finished
 */
export async function keepRunEvidence(run: JournalRun, options: KeepEvidenceOptions): Promise<KeptEvidence> {
  const { lister, vault, signer, signal, retentionDays = 3650 } = options;
  const { runId, owner, startedAt, finishedAt, cutoff, counts } = run;
  if (!finishedAt) throw new TypeError('run: only a finished run has evidence');
  const entries: ManifestEntry[] = [];
  for await (const archive of archivesOfRun(lister, runId, { signal })) entries.push(entryOf(archive));
  const manifest = await signManifest(
    {
      ...{ runId, owner, startedAt, finishedAt, cutoff },
      archivedCount: counts.archived,
      failedCount: counts.failed,
      skippedCount: counts.skipped,
    },
    entries,
    signer,
  );
  const bytes = utf8(stringifyJson(runManifest.encode(manifest)));
  const sessionId = `run-evidence-${runId}`;
  const identity = await archiveIdentity(sessionId, 1, bytes);
  const request = {
    ...{ ...identity, sessionId, version: 1, bytes, retentionDays },
    complianceLevel: 'standard' as const,
    tags: [evidenceTag],
    metadata: { archived_by: 'archival_scheduler', evidence_of: runId },
  };
  const [stored] = await vault.archive([request], { signal });
  if (!stored?.ok)
    throw new SchedulerError('unavailable', 'The vault did not take the evidence', { cause: stored?.error });
  const [held] = await vault.readBack([identity.archiveId], { signal });
  if (!held?.ok || held.digest !== stored.digest)
    throw new SchedulerError('unavailable', 'The vault does not hold the evidence that it acknowledged');
  return { archiveId: held.archiveId, digest: held.digest, manifest };
}
