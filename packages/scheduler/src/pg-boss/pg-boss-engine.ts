import { PgBoss, type JobWithMetadata } from 'pg-boss';
import type { BatchJob, BatchResult, Engine, EngineWork } from '../ports/engine.ts';
import type { Cancellable } from '../ports/call.ts';
import { SchedulerError } from '../scheduler-error.ts';
import { deadJobOf, type DeadJob } from './dead-job.ts';
import { settingsOf, type PgBossEngineOptions, type PgBossSettings } from './options.ts';
import { keyOf, packed, unpacked, type TravellingBatch } from './travelling-batch.ts';

/** Hours that a run may take in one process before another takes it over; pg-boss allows a day. */
const longestRunSeconds = 23 * 3600;
const longestBatchSeconds = 3600;
const workerPollSeconds = 2;

/** An {@link Engine} for a fleet. */
export interface PgBossEngine extends Engine {
  readonly share: NonNullable<Engine['share']>;
  /** Runs and batches that were given up. @param limit at most so many @default 100 */
  deadLetters(limit?: number): Promise<readonly DeadJob[]>;
  /**
   * Gives them another try: runs run, and the sessions of batches are released and then archived by a new run, which
   * counts them. @returns how many
   */
  redrive(limit?: number): Promise<number>;
}

/**
 * Runs by the clock of a PostgreSQL database that several processes share. One of them leads a run: it walks through
 * the due sessions, keeps the journal and gives batches to whichever process is free, itself included. A process that
 * falls silent for `heartbeatSeconds` has its work given to another.
 *
 * @example
 * ```ts
 * const engine = pgBossEngine({ connection: process.env.DATABASE_URL, cron: '0 3 * * *' });
 * const scheduler = new ArchivalScheduler({ source, vault, journal, engine, config: { leaseMs: 15_000 } });
 * ```
 * @throws {SchedulerError} `invalid_config`, naming option and value
 */
export function pgBossEngine(options: PgBossEngineOptions): PgBossEngine {
  return new FleetEngine(settingsOf(options));
}

class FleetEngine implements PgBossEngine {
  readonly batchesAhead: number;
  readonly #settings: PgBossSettings;
  readonly #queues: { readonly run: string; readonly batch: string; readonly dead: string };
  #boss: PgBoss | undefined;
  #work: EngineWork | undefined;
  #paused = false;
  #running = false;
  /** Ends the wait of a pause when the last look for work finds a run after all. */
  #onRun: () => void = () => undefined;

  constructor(settings: PgBossSettings) {
    this.#settings = settings;
    this.batchesAhead = settings.batchesAhead;
    const { name } = settings;
    this.#queues = { run: `${name}-run`, batch: `${name}-batch`, dead: `${name}-dead` };
  }

  async start(work: EngineWork): Promise<void> {
    if (this.#boss !== undefined) return;
    const { connection, heartbeatSeconds, superviseSeconds, onError, cron, timeZone, missed } = this.#settings;
    if (work.leaseMs * 2 > heartbeatSeconds * 1000) {
      const most = heartbeatSeconds * 500;
      throw new SchedulerError(
        'invalid_config',
        `\`leaseMs\` must be at most half of \`heartbeatSeconds\`, ${most}, got ${work.leaseMs}`,
      );
    }
    const boss = new PgBoss({
      useListenNotify: true,
      ...connection,
      superviseIntervalSeconds: superviseSeconds,
      monitorIntervalSeconds: superviseSeconds,
    });
    boss.on('error', onError);
    await boss.start();
    this.#boss = boss;
    this.#work = work;
    try {
      await this.#createQueues(boss);
      await boss.schedule(this.#queues.run, cron, { scheduled: true }, { tz: timeZone, missed });
      await this.#takeBatches(boss, work);
      await this.#takeRuns(boss, work);
      if (work.lastRun?.finished === false) await this.trigger();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const boss = this.#boss;
    if (boss === undefined) return;
    this.#paused = false;
    // The run first: while it drains, the batches that it gave away may be this process's own.
    await boss.offWork(this.#queues.run);
    await boss.offWork(this.#queues.batch);
    this.#boss = this.#work = undefined;
    await boss.stop();
  }

  async pause(): Promise<void> {
    this.#paused = true;
    const boss = this.#boss;
    if (boss === undefined) return;
    const begins = new Promise<void>((resolve) => (this.#onRun = resolve));
    const off = boss.offWork(this.#queues.run);
    // A run goes on and is not waited for. A look for work under way is: it could still find what is triggered later.
    if (!this.#running) await Promise.race([off, begins]);
  }

  async resume(): Promise<void> {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#boss && this.#work) await this.#takeRuns(this.#boss, this.#work);
  }

  async trigger(): Promise<void> {
    await this.#boss?.send(this.#queues.run, {});
  }

  readonly share = async (job: BatchJob, { signal }: Cancellable): Promise<BatchResult> => {
    const boss = this.#started();
    const { batch: queue } = this.#queues;
    const id = await this.#give(boss, job);
    for (;;) {
      const [found] = await boss.findJobs(queue, { id });
      if (found === undefined) throw new Error('The batch is gone from its queue');
      if (found.state === 'completed') return found.output as unknown as BatchResult;
      if (found.state === 'failed' || found.state === 'cancelled') {
        throw new Error(`The batch was given up after ${found.retryCount + 1} attempts`);
      }
      await this.#settings.clock.sleep(this.#settings.pollMs, signal);
    }
  };

  async deadLetters(limit = 100): Promise<readonly DeadJob[]> {
    const { dead, run } = this.#queues;
    const jobs = await this.#started().findJobs<Partial<TravellingBatch>>(dead, { queued: true, limit });
    return jobs.map((job) => deadJobOf(job, run));
  }

  async redrive(limit = 1000): Promise<number> {
    return this.#started().redrive(this.#queues.dead, { limit });
  }

  #started(): PgBoss {
    if (this.#boss !== undefined) return this.#boss;
    throw new SchedulerError('invalid_config', 'The engine must be started by `scheduler.start()` first');
  }

  async #createQueues(boss: PgBoss): Promise<void> {
    const { heartbeatSeconds, attempts, overlap } = this.#settings;
    const { run, batch, dead } = this.#queues;
    const policy = overlap === 'skip' ? 'exclusive' : 'stately';
    const common = { heartbeatSeconds, retryLimit: attempts - 1, notify: true };
    const day = 86_400;
    await boss.createQueue(dead);
    await boss.createQueue(run, { ...common, policy, deadLetter: dead, expireInSeconds: longestRunSeconds });
    await boss.createQueue(batch, { ...common, policy: 'exclusive', expireInSeconds: longestBatchSeconds });
    const made = await boss.getQueue(run);
    if (made?.policy !== policy) {
      const theirs = made?.policy === 'exclusive' ? 'skip' : 'buffer-one';
      throw new SchedulerError('invalid_config', `\`overlap\` must be that of the fleet, ${theirs}, got ${overlap}`);
    }
    await boss.updateQueue(run, { heartbeatSeconds, retryLimit: attempts - 1, deleteAfterSeconds: 7 * day });
    await boss.updateQueue(batch, { heartbeatSeconds, retryLimit: attempts - 1, deleteAfterSeconds: day });
  }

  async #takeRuns(boss: PgBoss, work: EngineWork): Promise<void> {
    const { jitterMs, clock, random } = this.#settings;
    const options = this.#polling();
    await boss.work<{ scheduled?: boolean } | null>(this.#queues.run, options, async ([job]) => {
      if (job === undefined) return;
      this.#running = true;
      this.#onRun();
      try {
        if (job.data?.scheduled === true && jitterMs > 0) {
          await clock.sleep(random() * jitterMs, job.signal);
        }
        await work.run(job.signal);
      } finally {
        this.#running = false;
      }
    });
  }

  async #takeBatches(boss: PgBoss, work: EngineWork): Promise<void> {
    const options = { ...this.#polling(), includeMetadata: true } as const;
    const take = async ([job]: JobWithMetadata<TravellingBatch>[]): Promise<BatchResult | undefined> => {
      if (job === undefined) return undefined;
      if (job.sourceRootId === null) return work.batch(unpacked(job.data), job.signal);
      // Nobody waits for a batch that was redriven: a run of its own counts its sessions.
      await work.release(job.data.sessionIds);
      await this.trigger();
      return { outcomes: [] };
    };
    for (let i = 0; i < this.#settings.batchesAtOnce; i += 1) {
      // A worker that was not notified meanwhile would sleep between two batches, however many wait.
      const worker = boss.work<TravellingBatch, BatchResult | undefined, typeof options>(
        this.#queues.batch,
        options,
        async (jobs) => {
          boss.notifyWorker(await worker);
          return take(jobs);
        },
      );
      await worker;
    }
  }

  /** Notifications say when there is work; what a dead process leaves behind is found by looking, as often as it is looked for. */
  #polling(): { readonly pollingIntervalSeconds: number; readonly notifyPollingIntervalSeconds: number } {
    return {
      pollingIntervalSeconds: workerPollSeconds,
      notifyPollingIntervalSeconds: this.#settings.superviseSeconds,
    };
  }

  /** Sends a batch, or finds the one that an earlier leader of the run has sent. */
  async #give(boss: PgBoss, job: BatchJob): Promise<string> {
    const { batch: queue, dead } = this.#queues;
    const data = packed(job);
    const singletonKey = await keyOf(data);
    // A batch of several is halved by who gave it, so only one session alone can be to blame.
    const deadLetter = data.sessionIds.length === 1 ? { deadLetter: dead } : {};
    for (;;) {
      const id = await boss.send(queue, data, { singletonKey, ...deadLetter });
      if (id !== null) return id;
      const known = await boss.findJobs(queue, { key: singletonKey });
      const open = known.find(({ state }) => state !== 'completed' && state !== 'failed' && state !== 'cancelled');
      if (open !== undefined) return open.id;
    }
  }
}
