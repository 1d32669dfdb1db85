import type { BatchJob, BatchResult, Engine, EngineWork } from '../../src/index.ts';

/** Engines that share batches in memory: the next one in turn takes the next batch. */
export class FakeFleet {
  readonly members: EngineWork[] = [];
  /** Sessions that each member was given. */
  readonly taken: string[][] = [];
  /** Runs before a batch is done; a throw means that the queue gave it up. */
  onBatch: (job: BatchJob) => void | Promise<void> = () => undefined;
  #turn = 0;

  engine(batchesAhead = 4): Engine {
    let work: EngineWork | undefined;
    return {
      batchesAhead,
      start: (given) => {
        work = given;
        this.members.push(given);
        this.taken.push([]);
      },
      stop: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
      trigger: async () => work?.run(),
      share: async (job, { signal }) => this.#give(job, signal ?? new AbortController().signal),
    };
  }

  async #give(job: BatchJob, signal: AbortSignal): Promise<BatchResult> {
    const member = this.#turn++ % this.members.length;
    await this.onBatch(job);
    this.taken[member]!.push(...job.sessionIds);
    return JSON.parse(JSON.stringify(await this.members[member]!.batch(job, signal))) as BatchResult;
  }
}
