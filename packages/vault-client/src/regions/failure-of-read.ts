import { isIntegrityError } from '../integrity-error.ts';
import type { Agreement } from './agreement.ts';
import { isAbsent, type Region } from './region.ts';

/**
 * What a read rejects with that no region could answer: that there is nothing when enough regions say so and none
 * holds it damaged, else why one of the others did not answer.
 */
export function failureOfRead(failed: ReadonlyMap<Region, unknown>, agreement: Agreement): unknown {
  const absent = [...failed].flatMap(([region, error]) => (isAbsent(error) ? [region] : []));
  const isHeld = [...failed.values()].some(isIntegrityError);
  if (!isHeld && agreement(absent)) return failed.get(absent[0] as Region);
  const unknown = [...failed.values()].filter((error) => !isAbsent(error));
  return unknown.find((error) => !isIntegrityError(error)) ?? unknown[0] ?? failed.values().next().value;
}
