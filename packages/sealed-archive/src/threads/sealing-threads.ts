import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

import { ArchiveError } from '../archive-error.ts';
import { concat } from '../concat.ts';
import { type SealedArchive } from '../seal.ts';
import { type SealOptions } from '../seal-options.ts';
import { type Sealing } from './sealing.ts';
import { type FromThread, type ThreadResult, type ToThread } from './thread-messages.ts';
import { wrapAll } from './wrap-all.ts';

/** What {@link sealingThreads} takes. */
export interface SealingThreadsOptions {
  /**
   * Most threads, 1 to 64; each starts when there is work for it.
   *
   * @default one less than the processors, at least 1 and at most 4
   */
  readonly threads?: number;
}

/** Seals in worker threads. Idle threads do not keep the process alive. */
export interface SealingThreads extends Sealing {
  /** Ends the threads; what is being sealed fails. */
  close(): Promise<void>;
}

interface Job {
  readonly content: Uint8Array;
  readonly options: SealOptions;
  readonly resolve: (sealed: SealedArchive) => void;
  readonly reject: (error: Error) => void;
}

/** A worker and the batches it has. */
interface Thread {
  readonly worker: Worker;
  readonly batches: Map<number, readonly Job[]>;
}

/** Batches a thread has at once: while it waits for wrapped keys, it seals another. */
const batchesAtOnce = 2;
const batchJobs = 16;
const batchBytes = 1024 * 1024;

const inSource = import.meta.url.endsWith('.ts');
const program = new URL(inSource ? './sealing-thread.ts' : './sealing-thread.js', import.meta.url);

/**
 * A pool of threads that seal, so that compression and encryption do not hold up the event loop. Keys never enter a
 * thread: the pool wraps each data key where the key provider lives.
 *
 * @throws {RangeError} naming the option and its value
 *
 * @example
 * ```ts
 * const sealing = sealingThreads({ threads: 2 });
 * ```
 */
export function sealingThreads(options: SealingThreadsOptions = {}): SealingThreads {
  const { threads: most = Math.min(4, Math.max(1, availableParallelism() - 1)) } = options;
  if (!Number.isInteger(most) || most < 1 || most > 64)
    throw new RangeError(`\`threads\` must be an integer from 1 to 64, got ${most}`);
  const threads: Thread[] = [];
  const queue: Job[] = [];
  let batches = 0;
  let scheduled = false;
  let closed = false;

  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    // What arrives in one turn of the loop is shared out together.
    setImmediate(() => {
      scheduled = false;
      dispatch();
    });
  };
  const dispatch = (): void => {
    while (queue.length > 0) {
      const thread = freeThread();
      if (!thread) return;
      give(thread, nextBatch());
    }
  };
  const freeThread = (): Thread | undefined => {
    const idlest = threads.reduce<Thread | undefined>(
      (best, each) => (best && best.batches.size <= each.batches.size ? best : each),
      undefined,
    );
    if (idlest?.batches.size === 0) return idlest;
    if (threads.length < most) return start();
    return idlest && idlest.batches.size < batchesAtOnce ? idlest : undefined;
  };
  const nextBatch = (): Job[] => {
    const share = Math.min(batchJobs, Math.ceil(queue.length / most));
    let count = 1;
    let bytes = queue[0]?.content.length ?? 0;
    for (const { content } of queue.slice(1, share)) {
      bytes += content.length;
      if (bytes > batchBytes) break;
      count += 1;
    }
    return queue.splice(0, count);
  };
  const give = (thread: Thread, jobs: readonly Job[]): void => {
    const batch = batches++;
    thread.batches.set(batch, jobs);
    thread.worker.ref();
    const contents = concat(jobs.map(({ content }) => content));
    const described = jobs.map(({ content, options: { keys, context, ...rest } }) => ({
      ...rest,
      // By name: whatever else an object of the caller holds may not be for another thread.
      context: { tenant: context.tenant, sessionId: context.sessionId, archiveId: context.archiveId },
      bytes: content.length,
      encrypted: keys !== undefined,
    }));
    post(thread, { kind: 'seal', batch, contents, jobs: described }, [contents.buffer]);
  };
  const start = (): Thread => {
    const execArgv = inSource ? { execArgv: ['--conditions=@llm-memory-graph/source'] } : {};
    const worker = new Worker(program, { name: 'sealing', ...execArgv });
    const thread: Thread = { worker, batches: new Map() };
    worker.on('message', (message: FromThread) => {
      void received(thread, message);
    });
    let failure: unknown;
    worker.on('error', (error) => {
      failure = error;
    });
    worker.on('exit', () => {
      threads.splice(threads.indexOf(thread), 1);
      const error = new Error('a sealing thread ended', { cause: failure });
      for (const jobs of thread.batches.values()) for (const job of jobs) job.reject(error);
      if (!closed) schedule();
    });
    threads.push(thread);
    return thread;
  };
  const received = async (thread: Thread, message: FromThread): Promise<void> => {
    const jobs = thread.batches.get(message.batch) ?? [];
    if (message.kind === 'wrap') {
      const keys = await wrapAll(message.requests, jobs);
      post(thread, { kind: 'wrapped', batch: message.batch, keys });
      return;
    }
    thread.batches.delete(message.batch);
    if (thread.batches.size === 0) thread.worker.unref();
    let at = 0;
    for (const [i, result] of message.results.entries()) {
      const job = jobs[i];
      if (result.ok) job?.resolve(sealedOf(result, message.bytes.subarray(at, (at += result.size))));
      else job?.reject(errorOf(result));
    }
    schedule();
  };

  return {
    seal: (content, jobOptions) =>
      new Promise((resolve, reject) => {
        if (closed) throw new Error('the sealing threads are closed');
        queue.push({ content, options: jobOptions, resolve, reject });
        schedule();
      }),
    close: async () => {
      closed = true;
      for (const job of queue.splice(0)) job.reject(new Error('the sealing threads are closed'));
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}

function post({ worker }: Thread, message: ToThread, transfer: ArrayBuffer[] = []): void {
  worker.postMessage(message, transfer);
}

function sealedOf(
  { digest, size, contentSize, keyIds }: ThreadResult & { ok: true },
  bytes: Uint8Array,
): SealedArchive {
  return { bytes, digest, size, contentSize, keyIds };
}

function errorOf({ code, message }: ThreadResult & { ok: false }): Error {
  return code === undefined ? new Error(message) : new ArchiveError(code, message);
}
