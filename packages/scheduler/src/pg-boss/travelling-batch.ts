import type { BatchJob } from '../ports/engine.ts';
import { sha256 } from '../sha256.ts';

/** A batch as JSON. */
export interface TravellingBatch {
  readonly runId: string;
  readonly sessionIds: readonly string[];
  /** RFC 3339. */
  readonly cutoff: string;
}

export function packed({ cutoff, ...job }: BatchJob): TravellingBatch {
  return { ...job, cutoff: cutoff.toISOString() };
}

export function unpacked({ cutoff, ...job }: TravellingBatch): BatchJob {
  return { ...job, cutoff: new Date(cutoff) };
}

/** The same for the same batch, so that a leader that takes a run over finds the batches of the one before it. */
export async function keyOf(batch: TravellingBatch): Promise<string> {
  return sha256(new TextEncoder().encode(JSON.stringify([batch.runId, batch.sessionIds])));
}
