import type { ArchiveMetadata } from '@llm-memory-graph/contracts';
import type { CallOptions } from '@llm-memory-graph/http';
import { alignRules } from './align-rules.ts';
import { copyTo } from './copy.ts';
import type { Tell } from './events.ts';
import type { ResolvedMultiRegion } from './options.ts';
import { isRefused, stateOf, type Region, type RegionState } from './region.ts';
import { bury } from './tombstone.ts';

/** What a comparison of the regions came to. */
export type Reconciled = 'same' | 'mended' | 'blocked' | 'undecided';

/**
 * Makes the regions agree about one archive. One that was deleted anywhere is deleted everywhere; one that is missing
 * somewhere is copied there, but only when enough regions say that it was not deleted: a deletion was acknowledged by
 * so many that one of them would know.
 */
export async function reconcile(
  vault: ResolvedMultiRegion,
  archiveId: string,
  tell: Tell,
  options?: CallOptions,
): Promise<Reconciled> {
  const states = new Map<Region, RegionState>();
  await Promise.all(
    vault.regions.map(async (region) => {
      const state = await stateOf(region, archiveId, options).catch(() => undefined);
      if (state) states.set(region, state);
    }),
  );
  options?.signal?.throwIfAborted();
  const held = new Map<Region, ArchiveMetadata>();
  for (const [region, state] of states) if (state.state === 'held') held.set(region, state.metadata);
  const isKnown = states.size === vault.regions.length;
  if ([...states.values()].some(({ state }) => state === 'deleted')) {
    const done = await buryEverywhere(vault, archiveId, states, held, tell, options);
    return isKnown || done === 'blocked' ? done : 'undecided';
  }
  if (held.size === 0) return isKnown ? 'same' : 'undecided';
  if (!vault.agreement(states.keys())) return 'undecided';
  const missing = [...states.keys()].filter((region) => !held.has(region));
  const copied = missing.length === 0 || (await copyTo(vault, archiveId, missing, held, tell, options));
  // Copies know nothing yet of holds and policies.
  for (const region of missing) {
    const state = await stateOf(region, archiveId, options).catch(() => undefined);
    if (state?.state === 'held') held.set(region, state.metadata);
  }
  const aligned = await alignRules(held, tell, options);
  if (!copied || !isKnown || aligned === 'failed') return 'undecided';
  return missing.length > 0 || aligned === 'aligned' ? 'mended' : 'same';
}

async function buryEverywhere(
  { sealer }: ResolvedMultiRegion,
  archiveId: string,
  states: ReadonlyMap<Region, RegionState>,
  held: ReadonlyMap<Region, ArchiveMetadata>,
  tell: Tell,
  options: CallOptions | undefined,
): Promise<Reconciled> {
  let result: Reconciled = 'same';
  const sessionId = [...held.values()][0]?.sessionId;
  for (const [region, { state }] of states) {
    if (state === 'deleted') continue;
    try {
      await bury(region, { archiveId, sessionId }, state, sealer, options);
      if (result === 'same') result = 'mended';
      tell('deleted', { region: region.name, archiveId });
    } catch (error) {
      options?.signal?.throwIfAborted();
      if (isRefused(error)) tell('blocked', { region: region.name, archiveId });
      result = isRefused(error) ? 'blocked' : 'undecided';
    }
  }
  return result;
}
