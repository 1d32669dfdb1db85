import type { BatchJob } from '../ports/engine.ts';

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
  const text = new TextEncoder().encode(JSON.stringify([batch.runId, batch.sessionIds]));
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', text));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
