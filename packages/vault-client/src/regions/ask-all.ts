import type { Clock } from '@llm-memory-graph/resilience';
import type { ResolvedMultiRegion } from './options.ts';
import type { Region } from './region.ts';

/** What the regions answered so far. */
export interface Answers<T> {
  readonly answered: ReadonlyMap<Region, T>;
  readonly failed: ReadonlyMap<Region, unknown>;
  /** Resolves when every region has answered or failed; both maps are complete then. */
  readonly all: Promise<void>;
}

export interface AskOptions<T> {
  /** Whether what was answered is enough to go on. */
  readonly enough: (answered: ReadonlyMap<Region, T>) => boolean;
  /** How long the slow ones are waited for once there is enough, in ms. */
  readonly lagMs: number;
  readonly clock: Clock;
}

/** {@link askAll}, where enough is so many regions that they decide together. */
export function askToDecide<T>(
  { regions, agreement, lagMs, clock }: ResolvedMultiRegion,
  ask: (region: Region) => Promise<T>,
): Promise<Answers<T>> {
  return askAll(regions, ask, { enough: (answered) => agreement(answered.keys()), lagMs, clock });
}

/**
 * Asks all regions at once. Resolves when all have answered or failed, or when there is enough and the others are
 * late; those go on.
 */
export async function askAll<T>(
  regions: readonly Region[],
  ask: (region: Region) => Promise<T>,
  { enough, lagMs, clock }: AskOptions<T>,
): Promise<Answers<T>> {
  const answered = new Map<Region, T>();
  const failed = new Map<Region, unknown>();
  let settled: () => void = () => undefined;
  const lateEnough = new Promise<void>((resolve) => (settled = resolve));
  let cancelTimer: (() => void) | undefined;
  const asked = regions.map(async (region) => {
    try {
      answered.set(region, await ask(region));
    } catch (error) {
      failed.set(region, error);
    }
    if (!cancelTimer && enough(answered)) cancelTimer = clock.setTimer(lagMs, settled);
  });
  const all = Promise.all(asked).then(() => {
    cancelTimer?.();
    settled();
  });
  await lateEnough;
  return { answered, failed, all };
}
