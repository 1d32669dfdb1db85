import type { ArchiveMetadata } from '@llm-memory-graph/contracts';
import type { CallOptions } from '@llm-memory-graph/http';
import type { Region } from './region.ts';

/** Archives of a time; both ends in ms since the epoch, the second exclusive. */
interface Window {
  readonly after: number | undefined;
  readonly before: number | undefined;
}

/** What regions must agree about, by archive id. */
type Listed = Map<string, string>;

const pageSize = 1_000;

/**
 * The ids of all archives that these regions do not list alike. Holds at most about `windowSize` archives of each
 * region in memory: it compares window by window of `archivedAt`, which is the same in all of them.
 */
export async function* differences(
  regions: readonly Region[],
  windowSize: number,
  options: CallOptions | undefined,
): AsyncGenerator<string, void, void> {
  const windows: Window[] = [{ after: undefined, before: undefined }];
  for (let window = windows.pop(); window; window = windows.pop()) {
    const split = await splitOf(regions, window, windowSize, options);
    if (split === undefined) yield* differencesWithin(regions, window, options);
    else windows.push({ ...window, after: split }, { ...window, before: split });
  }
}

/** Where to cut a window that holds too much in some region, at the middle of what was seen of it. */
async function splitOf(
  regions: readonly Region[],
  window: Window,
  windowSize: number,
  options: CallOptions | undefined,
): Promise<number | undefined> {
  for (const region of regions) {
    const times: number[] = [];
    for await (const { archivedAt } of listed(region, window, options)) {
      times.push(archivedAt.getTime());
      if (times.length > windowSize) break;
    }
    if (times.length <= windowSize) continue;
    times.sort((a, b) => a - b);
    const middle = times[times.length >> 1];
    const split = middle === times[0] ? times.find((time) => time !== middle) : middle;
    // All at one instant cannot be cut.
    if (split !== undefined) return split;
  }
  return undefined;
}

async function* differencesWithin(
  regions: readonly Region[],
  window: Window,
  options: CallOptions | undefined,
): AsyncGenerator<string, void, void> {
  const lists: Listed[] = [];
  const ids = new Set<string>();
  for (const region of regions) {
    const list: Listed = new Map();
    for await (const metadata of listed(region, window, options)) {
      list.set(metadata.archiveId, factsOf(metadata));
      ids.add(metadata.archiveId);
    }
    lists.push(list);
  }
  for (const id of ids) {
    const facts = lists.map((list) => list.get(id));
    if (facts.some((each) => each === undefined || each !== facts[0])) yield id;
  }
}

function listed(
  region: Region,
  { after, before }: Window,
  options: CallOptions | undefined,
): AsyncGenerator<ArchiveMetadata, void, undefined> {
  const instant = (ms: number | undefined): Date | undefined => (ms === undefined ? undefined : new Date(ms));
  const filter = { archivedAfter: instant(after), archivedBefore: instant(before), sealedBy: 'client' as const };
  return region.vault.archives({ ...filter, pageSize }, options);
}

/** Not the digest: the same session sealed twice has two. Not the retention: a copy counts from its own arrival. */
function factsOf({ legalHold, policyIds, policyId }: ArchiveMetadata): string {
  const policies = [...(policyIds ?? [policyId])].sort();
  return JSON.stringify([Boolean(legalHold), policies]);
}
