import { isIntegrationError, type CallOptions } from '@llm-memory-graph/http';
import type { ReadBackArchive, UnreadArchive } from '../archives.ts';
import { isIntegrityError } from '../integrity-error.ts';
import type { Agreement } from './agreement.ts';
import { failureOfRead } from './failure-of-read.ts';
import { nearest, type NearestOptions } from './nearest.ts';
import { isAbsent, isDeleted, type Region } from './region.ts';

type Result = ReadBackArchive | UnreadArchive;

/** What the regions said of archives, and of which of them some lack what others have. */
export interface ReadBackEverywhere {
  readonly results: readonly Result[];
  /** Ids that one region has and another one said it does not. */
  readonly missing: readonly string[];
}

/** Asks region after region, each for all that those before it lack, until nothing is lacking. */
export async function readBackAnywhere(
  order: readonly Region[],
  archiveIds: readonly string[],
  agreement: Agreement,
  options: CallOptions | undefined,
  how: Omit<NearestOptions, 'isFinal'>,
): Promise<ReadBackEverywhere> {
  const results = new Map<string, Result>();
  const failures = new Map<string, Map<Region, unknown>>(archiveIds.map((id) => [id, new Map()]));
  let regions = order;
  let wanted = [...failures.keys()];
  while (wanted.length > 0 && regions.length > 0) {
    const asks = regions.map(
      (region) => (signal: AbortSignal) => region.vault.readBackArchives(wanted, { ...options, signal }),
    );
    const { value, failures: failed } = await nearest(
      asks.map((ask, i) => (signal) => ask(signal).then((answered) => ({ answered, i }))),
      { ...how, isFinal: () => false },
    );
    for (const [i, error] of failed) for (const id of wanted) failures.get(id)?.set(regions[i] as Region, error);
    const from = value && regions[value.of.i];
    for (const result of value?.of.answered ?? []) {
      if (result.ok || isDeleted(result.error)) results.set(result.archiveId, result);
      else if (from) failures.get(result.archiveId)?.set(from, result.error);
    }
    wanted = wanted.filter((id) => !results.has(id));
    regions = value ? regions.filter((region, i) => region !== from && !failed.has(i)) : [];
  }
  const missing = [...results.values()].flatMap(({ ok, archiveId }) =>
    ok && [...(failures.get(archiveId)?.values() ?? [])].some(isAbsent) ? [archiveId] : [],
  );
  const resultOf = (id: string): Result => results.get(id) ?? lacking(id, failures.get(id) ?? new Map(), agreement);
  return { results: archiveIds.map(resultOf), missing };
}

/** What no region could read: nowhere to be had, or unknown. Throws what says nothing of this one archive. */
function lacking(archiveId: string, failures: ReadonlyMap<Region, unknown>, agreement: Agreement): UnreadArchive {
  const error = failureOfRead(failures, agreement);
  if (!isIntegrationError(error) || (error.code !== 'api' && !isIntegrityError(error))) throw error;
  return { ok: false, archiveId, error };
}
