import type { CallOptions } from '@llm-memory-graph/http';
import { InvalidConfigError } from '@llm-memory-graph/http';
import { alignPolicies } from './align-rules.ts';
import { differences } from './compare-lists.ts';
import { checkCopy } from './copy.ts';
import type { Tell } from './events.ts';
import type { ResolvedMultiRegion } from './options.ts';
import type { Pending } from './pending.ts';
import { reconcile } from './reconcile.ts';
import type { Region } from './region.ts';

/** Per call of `repair`. */
export interface RepairOptions extends Pick<CallOptions, 'signal' | 'timeoutMs' | 'headers'> {
  /** Compares the lists of all regions, not only what this process knows of. @default false */
  readonly full?: boolean;
  /** Reads every archive in every region and tells what is damaged; implies `full`. @default false */
  readonly verify?: boolean;
  /** Archives of each region held in memory while lists are compared. @default 10000 */
  readonly windowSize?: number;
}

/** What a repair came to, in archives. */
export interface RepairReport {
  /** Looked at one by one. */
  readonly examined: number;
  /** Copied, deleted or brought under the rules of the others somewhere. */
  readonly mended: number;
  /** Deleted in one region and held or locked in another; they stay there until that is over. */
  readonly blocked: number;
  /** Could not be settled now: a region did not answer, or no good copy was found. They wait for the next repair. */
  readonly undecided: number;
  /** Names of regions whose list could not be read; nothing was compared with them. */
  readonly unreachable: readonly string[];
}

const readsAtOnce = 4;

/** Makes the regions agree about what is pending, or about everything. */
export async function repair(
  vault: ResolvedMultiRegion,
  pending: Pending,
  tell: Tell,
  { full = false, verify = false, windowSize = 10_000, ...options }: RepairOptions,
): Promise<RepairReport> {
  if (!(Number.isSafeInteger(windowSize) && windowSize >= 1))
    throw new InvalidConfigError(`windowSize must be an integer >= 1, got ${String(windowSize)}`);
  const counts = { examined: 0, same: 0, mended: 0, blocked: 0, undecided: 0 };
  const settle = async (archiveId: string): Promise<void> => {
    counts.examined++;
    try {
      const result = await reconcile(vault, archiveId, tell, options);
      counts[result]++;
      if (result === 'undecided' || result === 'blocked') pending.add(archiveId);
    } catch (error) {
      pending.add(archiveId);
      throw error;
    }
  };
  const known = pending.take();
  try {
    for (let id = known.shift(); id !== undefined; id = known.shift()) await settle(id);
  } finally {
    for (const id of known) pending.add(id);
  }
  const unreachable: string[] = [];
  if (full || verify) {
    const reachable = await reachableOf(vault.regions, unreachable, options);
    await alignPolicies(reachable, options);
    await atOnce(readsAtOnce, differences(reachable, windowSize, options), settle);
    if (verify)
      for (const region of reachable)
        for await (const metadata of region.vault.archives({ sealedBy: 'client', pageSize: 1_000 }, options))
          await checkCopy(vault, region, metadata, tell, options);
  }
  const { same: _same, ...told } = counts;
  return { ...told, unreachable };
}

async function reachableOf(
  regions: readonly Region[],
  unreachable: string[],
  options: CallOptions,
): Promise<readonly Region[]> {
  const reachable: Region[] = [];
  for (const region of regions) {
    try {
      await region.vault.listArchives({ pageSize: 1 }, options);
      reachable.push(region);
    } catch {
      options.signal?.throwIfAborted();
      unreachable.push(region.name);
    }
  }
  return reachable;
}

/** Works on what comes, at most `most` at a time. */
async function atOnce<T>(most: number, source: AsyncGenerator<T>, work: (item: T) => Promise<void>): Promise<void> {
  const worker = async (): Promise<void> => {
    for (let next = await source.next(); next.done !== true; next = await source.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: most }, worker));
}
