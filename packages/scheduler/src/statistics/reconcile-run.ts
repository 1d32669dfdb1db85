import type { AuditEntry } from '@llm-memory-graph/contracts';
import { archivesOfRun } from '../evidence/archives-of-run.ts';
import { integer } from '../integer-option.ts';
import type { Cancellable } from '../ports/call.ts';
import type { ArchiveLister, AuditReader } from '../ports/retention-vault.ts';
import type { JournalRun } from '../ports/run-journal.ts';
import type { MarkLister, RunMark } from '../ports/session-source.ts';

/** What a run and the vault's journal say differently of an archive. */
export type RunDifferenceKind =
  /** The run counts it or the vault lists it, and the journal does not tell that it arrived. */
  | 'missing-in-journal'
  /** The journal tells of other bytes than the vault acknowledged. */
  | 'digest-differs'
  /** The journal tells more than once that it arrived. */
  | 'twice-in-journal'
  /** The vault has it of the run, and no mark of the run is left: edited before the mark, or pruned since. Harmless. */
  | 'not-counted';

export interface RunDifference {
  readonly kind: RunDifferenceKind;
  readonly archiveId: string;
  readonly sessionId: string;
}

/** What a run counted, what its sessions are marked with, and what the vault wrote down when it happened. */
export interface Reconciliation {
  readonly runId: string;
  /** As the run's journal has it. */
  readonly archivedCount: number;
  /** Sessions that are marked by the run. */
  readonly markedCount: number;
  /** Archives of the run whose arrival stands in the vault's journal. */
  readonly journalCount: number;
  /** Those of them that, by the journal, were deleted, erased or expired since. */
  readonly removedCount: number;
  /** How often each difference was found. */
  readonly differenceCounts: Readonly<Record<RunDifferenceKind, number>>;
  /** The first of them. */
  readonly differences: readonly RunDifference[];
  /** Whether there is no difference but harmless ones, and the count of the run is that of its archives. */
  readonly reconciles: boolean;
}

/** What {@link reconcileRun} works with. */
export interface ReconcileOptions extends Cancellable {
  /** Where the sessions are: a `MemoryGraph` as it is. */
  readonly source: MarkLister;
  /** Lists what the vault holds: a `VaultClient` as it is. */
  readonly lister: ArchiveLister;
  /** The vault's journal: `vaultClient.audit`, of a client whose key may read it. */
  readonly audit: AuditReader;
  /** Archives held in memory at a time, 1 to 10,000,000. More are compared in parts, and the journal is read once for each. @default 100000 */
  readonly maxArchives?: number;
  /** Differences that are named, 0 to 1,000,000; all are counted. @default 1000 */
  readonly maxDifferences?: number;
}

/** What is known of one archive. */
interface Facts {
  readonly sessionId: string;
  /** Of the mark, or as the vault lists it. */
  readonly digest: string;
  readonly counted: boolean;
  arrivals: number;
  sameDigest: boolean;
  removed: boolean;
}

const pageSize = 1000;
const removals = new Set(['delete', 'erase', 'retention.delete']);

/**
 * Compares a run with the vault's journal, archive by archive: what the sessions are marked with, what the vault holds
 * of the run, and what stands in its audit chain. That the chain itself is whole is checked by `verifyAudit` of the vault.
 *
 * @throws {SchedulerError} `invalid_config`; also what the source or the vault threw
 *
 * @example
 * const { reconciles, differences } = await reconcileRun(run, { source: graph, lister: vault, audit: vault.audit });
 */
export async function reconcileRun(
  run: Pick<JournalRun, 'runId' | 'counts'>,
  options: ReconcileOptions,
): Promise<Reconciliation> {
  const maxArchives = integer('maxArchives', options.maxArchives ?? 100_000, 1, 10_000_000);
  const maxDifferences = integer('maxDifferences', options.maxDifferences ?? 1000, 0, 1_000_000);
  const { runId, counts } = run;
  const differenceCounts = { 'missing-in-journal': 0, 'digest-differs': 0, 'twice-in-journal': 0, 'not-counted': 0 };
  const differences: RunDifference[] = [];
  const totals = { marked: 0, journal: 0, removed: 0 };
  const parts = Math.max(1, Math.ceil(counts.archived / maxArchives));
  for (let part = 0; part < parts; part += 1) {
    const archives = await archivesOf(runId, (archiveId) => partOf(archiveId, parts) === part, options);
    await readJournal(archives, options);
    for (const [archiveId, facts] of archives) {
      if (facts.counted) totals.marked += 1;
      if (facts.arrivals > 0) totals.journal += 1;
      if (facts.removed) totals.removed += 1;
      for (const kind of kindsOf(facts)) {
        differenceCounts[kind] += 1;
        if (differences.length < maxDifferences) differences.push({ kind, archiveId, sessionId: facts.sessionId });
      }
    }
  }
  const { 'not-counted': notCounted, ...serious } = differenceCounts;
  // A session that was pruned takes its mark along, and leaves an archive that counts.
  const sameCount = totals.marked <= counts.archived && counts.archived <= totals.marked + notCounted;
  return {
    runId,
    archivedCount: counts.archived,
    markedCount: totals.marked,
    journalCount: totals.journal,
    removedCount: totals.removed,
    differenceCounts,
    differences,
    reconciles: sameCount && Object.values(serious).every((count) => count === 0),
  };
}

/** Which of `parts` an archive falls into: ids come from a hash, so that all parts are about as large. */
function partOf(archiveId: string, parts: number): number {
  const lead = Number.parseInt(archiveId.slice(0, 4), 16);
  return Number.isNaN(lead) ? 0 : Math.floor((lead / 0x1_0000) * parts);
}

/** The archives of one part: by the marks of the run, and by what the vault holds of it. */
async function archivesOf(
  runId: string,
  isInPart: (archiveId: string) => boolean,
  { source, lister, signal }: ReconcileOptions,
): Promise<Map<string, Facts>> {
  const archives = new Map<string, Facts>();
  const add = (sessionId: string, archiveId: string, digest: string, counted: boolean): void => {
    if (!isInPart(archiveId) || archives.has(archiveId)) return;
    archives.set(archiveId, { sessionId, digest, counted, arrivals: 0, sameDigest: true, removed: false });
  };
  for await (const { sessionId, archiveId, digest } of marksOf(runId, source, signal)) {
    add(sessionId, archiveId, digest, true);
  }
  for await (const { sessionId, archiveId, digest } of archivesOfRun(lister, runId, { signal })) {
    add(sessionId, archiveId, digest, false);
  }
  return archives;
}

async function* marksOf(runId: string, source: MarkLister, signal?: AbortSignal): AsyncGenerator<RunMark> {
  for (let after: string | undefined; ;) {
    const page = await source.marksOf(runId, { after, limit: pageSize, signal });
    yield* page;
    after = page.at(-1)?.sessionId;
    if (after === undefined) return;
  }
}

async function readJournal(archives: Map<string, Facts>, { audit, signal }: ReconcileOptions): Promise<void> {
  let cursor: string | undefined;
  do {
    const page = await audit.page({ pageSize, cursor }, { signal });
    for (const entry of page.entries) note(entry, archives.get(entry.subject));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

function note({ action, detail }: AuditEntry, facts: Facts | undefined): void {
  if (facts === undefined) return;
  if (action === 'archive') {
    facts.arrivals += 1;
    facts.sameDigest &&= detail['digest'] === facts.digest;
  } else if (removals.has(action)) {
    facts.removed = true;
  }
}

function kindsOf({ counted, arrivals, sameDigest }: Facts): RunDifferenceKind[] {
  const kinds: RunDifferenceKind[] = [];
  if (arrivals === 0) kinds.push('missing-in-journal');
  if (!sameDigest) kinds.push('digest-differs');
  if (arrivals > 1) kinds.push('twice-in-journal');
  if (!counted) kinds.push('not-counted');
  return kinds;
}
