import type { ArchiveMetadata, RetentionLock } from '@llm-memory-graph/contracts';
import type { CallOptions } from '@llm-memory-graph/http';
import type { Tell } from './events.ts';
import type { Region } from './region.ts';

/**
 * Brings holds, locks and policies that one region knows to the others. All of them only ever keep an archive for
 * longer, so the strictest of what is found is right everywhere.
 *
 * @returns whether there was anything to bring
 */
export async function alignRules(
  held: ReadonlyMap<Region, ArchiveMetadata>,
  tell: Tell,
  options: CallOptions | undefined,
): Promise<boolean> {
  const all = [...held.values()];
  const hold = all.find(({ legalHold }) => legalHold)?.legalHold;
  const lock = strictest(all.flatMap(({ lock: one }) => one ?? []));
  const owners = new Map<string, Region>();
  for (const [region, metadata] of held)
    for (const policyId of policiesOf(metadata)) if (!owners.has(policyId)) owners.set(policyId, region);
  // A vault that keeps one policy per archive gets one, the same everywhere.
  const wanted = all.every(({ policyIds }) => policyIds) ? [...owners] : [...owners].slice(0, 1);

  let changed = false;
  for (const [region, metadata] of held) {
    const archiveId = metadata.archiveId;
    const bring = async (what: () => Promise<unknown>): Promise<void> => {
      changed = true;
      try {
        await what();
        tell('aligned', { region: region.name, archiveId });
      } catch (error) {
        options?.signal?.throwIfAborted();
        tell('lagging', { region: region.name, archiveId, error });
      }
    };
    if (hold && !metadata.legalHold) await bring(() => region.vault.placeLegalHold(archiveId, hold.reason, options));
    if (lock && !isSame(lock, metadata.lock)) await bring(() => region.vault.retention.lock(archiveId, lock, options));
    const own = policiesOf(metadata);
    for (const [policyId, owner] of wanted)
      if (!own.includes(policyId)) await bring(() => applyFrom(owner, region, archiveId, policyId, options));
  }
  return changed;
}

function policiesOf({ policyIds, policyId }: ArchiveMetadata): readonly string[] {
  return policyIds ?? (policyId === null ? [] : [policyId]);
}

function strictest(locks: readonly RetentionLock[]): RetentionLock | undefined {
  if (locks.length === 0) return undefined;
  const mode = locks.some((lock) => lock.mode === 'compliance') ? 'compliance' : 'governance';
  return { mode, until: new Date(Math.max(...locks.map(({ until }) => until.getTime()))) };
}

function isSame(a: RetentionLock, b: RetentionLock | null | undefined): boolean {
  return b?.mode === a.mode && b.until.getTime() === a.until.getTime();
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
