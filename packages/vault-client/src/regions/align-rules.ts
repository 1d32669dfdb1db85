import type { ArchiveMetadata } from '@llm-memory-graph/contracts';
import type { CallOptions } from '@llm-memory-graph/http';
import type { Tell } from './events.ts';
import type { Region } from './region.ts';

/**
 * Brings holds and policies that one region knows to the others. They only ever keep an archive for longer, so all of
 * what is found is right everywhere. Locks come with the policies, counted from each region's own storing; one that
 * was placed by hand is that region's own.
 */
export async function alignRules(
  held: ReadonlyMap<Region, ArchiveMetadata>,
  tell: Tell,
  options: CallOptions | undefined,
): Promise<'same' | 'aligned' | 'failed'> {
  const all = [...held.values()];
  const hold = all.find(({ legalHold }) => legalHold)?.legalHold;
  const owners = new Map<string, Region>();
  for (const [region, metadata] of held)
    for (const policyId of policiesOf(metadata)) if (!owners.has(policyId)) owners.set(policyId, region);
  // A vault that keeps one policy per archive gets one, the same everywhere.
  const wanted = all.every(({ policyIds }) => policyIds) ? [...owners] : [...owners].slice(0, 1);

  let result: 'same' | 'aligned' | 'failed' = 'same';
  for (const [region, metadata] of held) {
    const archiveId = metadata.archiveId;
    const bring = async (what: () => Promise<unknown>): Promise<void> => {
      try {
        await what();
        if (result === 'same') result = 'aligned';
        tell('aligned', { region: region.name, archiveId });
      } catch (error) {
        options?.signal?.throwIfAborted();
        result = 'failed';
        tell('lagging', { region: region.name, archiveId, error });
      }
    };
    if (hold && !metadata.legalHold) await bring(() => region.vault.placeLegalHold(archiveId, hold.reason, options));
    const own = policiesOf(metadata);
    for (const [policyId, owner] of wanted)
      if (!own.includes(policyId)) await bring(() => applyFrom(owner, region, archiveId, policyId, options));
  }
  return result;
}

function policiesOf({ policyIds, policyId }: ArchiveMetadata): readonly string[] {
  return policyIds ?? (policyId === null ? [] : [policyId]);
}

async function applyFrom(
  owner: Region,
  region: Region,
  archiveId: string,
  policyId: string,
  options: CallOptions | undefined,
): Promise<void> {
  await region.vault.createRetentionPolicy(await owner.vault.getRetentionPolicy(policyId, options), options);
  await region.vault.applyRetentionPolicy(archiveId, policyId, options);
}

/** Brings policies that one region has to those that do not have them. A policy of another content is left alone. */
export async function alignPolicies(regions: readonly Region[], options: CallOptions | undefined): Promise<void> {
  const lists = await Promise.all(regions.map(({ vault }) => vault.listRetentionPolicies(options)));
  const all = new Map(lists.flat().map((policy) => [policy.policyId, policy]));
  for (const [i, region] of regions.entries()) {
    const own = new Set(lists[i]?.map(({ policyId }) => policyId));
    for (const policy of all.values())
      if (!own.has(policy.policyId)) await region.vault.createRetentionPolicy(policy, options);
  }
}
