import type { JobWithMetadata } from 'pg-boss';
import type { TravellingBatch } from './travelling-batch.ts';

/** A run or a batch of one session that was given up: each process that took it died over it. */
export interface DeadJob {
  readonly kind: 'run' | 'batch';
  /** The sessions of a batch; none for a run. */
  readonly sessionIds: readonly string[];
  /** When it was first asked for. */
  readonly createdAt: Date;
  /** Processes that tried after the first. */
  readonly retries: number;
}

export function deadJobOf(job: JobWithMetadata<Partial<TravellingBatch> | null>, runQueue: string): DeadJob {
  return {
    kind: job.sourceName === runQueue ? 'run' : 'batch',
    sessionIds: job.data?.sessionIds ?? [],
    createdAt: job.sourceCreatedOn ?? job.createdOn,
    retries: job.sourceRetryCount ?? 0,
  };
}
