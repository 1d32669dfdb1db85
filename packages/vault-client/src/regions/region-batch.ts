import { outcomeOf, type ArchivedSession, type BatchOutcome, type FailedSession } from '../batch-report.ts';
import type { Agreement } from './agreement.ts';
import type { Answers } from './ask-all.ts';
import type { Region } from './region.ts';

type Result = ArchivedSession | FailedSession;

/** Regions that have taken the `i`th archive. */
export function holdersOf(answered: ReadonlyMap<Region, BatchOutcome>, i: number): Region[] {
  return [...answered].flatMap(([region, { results }]) => (results[i]?.ok ? [region] : []));
}

/**
 * What the answers of several regions to one batch mean together; the nearest region's receipt speaks for all.
 *
 * @param refusals for each archive what forbids to take it for archived
 */
export function combined(
  regions: readonly Region[],
  { answered, failed }: Pick<Answers<BatchOutcome>, 'answered' | 'failed'>,
  agreement: Agreement,
  refusals: readonly unknown[],
): BatchOutcome {
  const results = refusals.map((refusal, i): Result => {
    const inOrder = regions.flatMap((region) => answered.get(region)?.results[i] ?? []);
    if (refusal !== undefined) return { ...undecided(inOrder[0], refusal), retryable: false };
    const good = inOrder.find(({ ok }) => ok);
    if (good && agreement(holdersOf(answered, i))) return good;
    const refused = inOrder.find((result) => !result.ok);
    if (refused) return refused;
    return undecided(inOrder[0], [...failed.values()][0]);
  });
  return outcomeOf(results);
}

/** Some region may have it, but not enough of them. */
function undecided(known: Result | undefined, cause: unknown): FailedSession {
  const { sessionId = '', archiveId = '' } = known ?? {};
  const error = cause instanceof Error ? cause.message : 'too few regions confirmed it';
  return { ok: false, sessionId, archiveId, error, retryable: true, cause };
}
