import { InvalidConfigError } from '@llm-memory-graph/http';
import type { Region } from './region.ts';

/** Who decides: more than half of the regions, or one of them alone. */
export type WriteTo = 'quorum' | { readonly primary: string };

/**
 * Whether these regions together decide. Any two sets that do have a region in common: what one of them acknowledged,
 * the other one knows.
 */
export type Agreement = (regions: Iterable<Region>) => boolean;

/** @throws {InvalidConfigError} when there is no such region */
export function agreementOf(regions: readonly Region[], writeTo: WriteTo): Agreement {
  if (writeTo === 'quorum') return (some) => new Set(some).size * 2 > regions.length;
  const primary = regions.find(({ name }) => name === writeTo.primary);
  if (!primary)
    throw new InvalidConfigError(`writeTo.primary must name a region, got ${JSON.stringify(writeTo.primary)}`);
  return (some) => [...some].includes(primary);
}
