import { ApiError, type CallOptions } from '@llm-memory-graph/http';
import { askToDecide, type Answers } from './ask-all.ts';
import type { ResolvedMultiRegion } from './options.ts';
import { isRefused, stateOf, type Region, type RegionState } from './region.ts';
import { failureOf } from './settled.ts';
import { bury } from './tombstone.ts';

/**
 * Deletes an archive in every region that answers, where a rule may stand in the way first.
 *
 * @returns where there is a tombstone now, and what the other regions said
 * @throws {ApiError} 404 when no region holds it, 409 when a hold or a lock stands in any region
 */
export async function deleteEverywhere(
  archiveId: string,
  vault: ResolvedMultiRegion,
  options: CallOptions | undefined,
): Promise<Answers<void>> {
  const { regions, agreement, sealer } = vault;
  const before = await askToDecide(vault, (region) => stateOf(region, archiveId, options));
  if (!agreement(before.answered.keys())) throw failureOf(before, options);
  const states = new Map(before.answered);
  const held = [...states].flatMap(([region, state]) => (state.state === 'held' ? [{ region, ...state }] : []));
  if ([...states.values()].every(({ state }) => state === 'absent'))
    throw new ApiError('no region of the Data-Vault holds an archive with this id', { status: 404 });
  // Where a rule may stand in the way the vault is asked first, before anything is gone elsewhere.
  const gone = { state: 'deleted' } as const;
  for (const { region, metadata } of held) {
    if (!metadata.legalHold && !metadata.lock) continue;
    await region.vault.deleteArchive(archiveId, options);
    states.set(region, gone);
  }
  if (held.length < regions.length) {
    const first = await deleteSomewhere(archiveId, states, options);
    if (first) states.set(first, gone);
  }
  const sessionId = held[0]?.metadata.sessionId;
  return askToDecide(vault, (region) =>
    bury(region, { archiveId, sessionId }, states.get(region)?.state, sealer, options),
  );
}

/**
 * Makes sure of one tombstone before any region gets an empty archive in place of one that never arrived there: that
 * must not outlive a deletion that did not happen.
 *
 * @returns where the archive was deleted; nowhere when there is a tombstone already
 */
async function deleteSomewhere(
  archiveId: string,
  states: ReadonlyMap<Region, RegionState>,
  options: CallOptions | undefined,
): Promise<Region | undefined> {
  let failure: unknown;
  for (const [region, { state }] of states) {
    if (state === 'deleted') return undefined;
    if (state === 'absent') continue;
    try {
      await region.vault.deleteArchive(archiveId, options);
      return region;
    } catch (error) {
      if (isRefused(error)) throw error;
      failure = error;
    }
  }
  throw failure;
}
