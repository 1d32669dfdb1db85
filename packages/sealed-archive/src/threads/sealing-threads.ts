import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

import { type ArchiveContext } from '../archive-context.ts';
import { ArchiveError } from '../archive-error.ts';
import { encodeRecipients } from '../archive-header.ts';
import { concat } from '../concat.ts';
import { newDataKey } from '../envelope.ts';
import { type WrappedKey } from '../key-provider.ts';
import { resolveSealing, type SealedArchive } from '../seal.ts';
import { type ResolvedSealOptions } from '../seal-options.ts';
import { type Sealing } from './sealing.ts';
import { type FromThread, type Settings, type ThreadJob, type ThreadResult, type ToThread } from './thread-messages.ts';

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

/** What is to be sealed, its data key wrapped. */
interface Job {
  readonly content: Uint8Array;
  readonly options: ResolvedSealOptions;
  readonly dataKey: Uint8Array | undefined;
  readonly wrapped: readonly WrappedKey[];
  readonly resolve: (sealed: SealedArchive) => void;
  readonly reject: (error: Error) => void;
}

/** A worker and the batches it has. */
interface Thread {
  readonly worker: Worker;
  readonly batches: Map<number, readonly Job[]>;
}

/** Batches a thread has at once, so that the next one is there when it is done. */
const batchesAtOnce = 2;
const batchJobs = 32;
const batchBytes = 1024 * 1024;

const inSource = import.meta.url.endsWith('.ts');
const program = new URL(inSource ? './sealing-thread.ts' : './sealing-thread.js', import.meta.url);

/**
 * A pool of threads that seal, so that compression and encryption do not hold up the event loop. Keys never enter a
 * thread: the pool wraps each data key where the key provider lives, before a thread gets it.
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
  /** Those whose data key is being wrapped. */
  const waiting = new Set<Job['reject']>();
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
    const message = messageOf(batch, jobs);
    thread.worker.postMessage(message, [message.bytes.buffer]);
  };
  const start = (): Thread => {
    const execArgv = inSource ? { execArgv: ['--conditions=@llm-memory-graph/source'] } : {};
    const worker = new Worker(program, { name: 'sealing', ...execArgv });
    const thread: Thread = { worker, batches: new Map() };
    worker.on('message', (message: FromThread) => {
      received(thread, message);
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
  const received = (thread: Thread, message: FromThread): void => {
    const jobs = thread.batches.get(message.batch) ?? [];
    thread.batches.delete(message.batch);
    if (thread.batches.size === 0) thread.worker.unref();
    let at = 0;
    for (const [i, job] of jobs.entries()) {
      const result = message.results[i];
      if (result?.ok) job.resolve(sealedOf(job, result, message.bytes.subarray(at, (at += result.size))));
      else job.reject(errorOf(result));
    }
    schedule();
  };

  return {
    seal: (content, jobOptions) =>
      new Promise((resolve, reject) => {
        if (closed) throw closedError();
        const resolved = resolveSealing(content, jobOptions);
        const { dataKey, wrapped } = newDataKey(resolved);
        const enqueue = (keys: readonly WrappedKey[]): void => {
          if (closed) return;
          queue.push({ content, options: resolved, dataKey, wrapped: keys, resolve, reject });
          schedule();
        };
        if (!(wrapped instanceof Promise)) {
          enqueue(wrapped);
          return;
        }
        waiting.add(reject);
        wrapped.then(enqueue, reject).finally(() => waiting.delete(reject));
      }),
    close: async () => {
      closed = true;
      for (const reject of [...waiting, ...queue.splice(0).map((job) => job.reject)]) reject(closedError());
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}

/** One message for a batch: its bytes are copied once and handed over. */
function messageOf(batch: number, jobs: readonly Job[]): ToThread & { bytes: Uint8Array<ArrayBuffer> } {
  const pieces: Uint8Array[] = [];
  const settings: Settings[] = [];
  const described = jobs.map(({ content, options, dataKey = noBytes, wrapped }): ThreadJob => {
    const recipients = encodeRecipients(wrapped);
    pieces.push(content, dataKey, recipients);
    return {
      contentBytes: content.length,
      keyBytes: dataKey.length,
      recipientBytes: recipients.length,
      context: contextOf(options),
      settings: indexOfSettings(settings, options),
    };
  });
  const bytes = concat(pieces);
  for (const { dataKey } of jobs) dataKey?.fill(0);
  return { batch, bytes, jobs: described, settings };
}

const noBytes = new Uint8Array();

/** By name: whatever else an object of the caller holds may not be for another thread. */
function contextOf({ context: { tenant, sessionId, archiveId } }: ResolvedSealOptions): ArchiveContext {
  return { tenant, sessionId, archiveId };
}

/** Where the settings of an archive stand in the list; those of a batch are mostly the same. */
function indexOfSettings(settings: Settings[], { context: _, keys: __, ...own }: ResolvedSealOptions): number {
  const last = settings.at(-1);
  if (!last || Object.entries(own).some(([name, value]) => last[name as keyof Settings] !== value)) settings.push(own);
  return settings.length - 1;
}

function sealedOf(
  { content, wrapped }: Job,
  { digest, size }: ThreadResult & { ok: true },
  bytes: Uint8Array,
): SealedArchive {
  return { bytes, digest, size, contentSize: content.length, keyIds: wrapped.map(({ keyId }) => keyId) };
}

function errorOf(result: (ThreadResult & { ok: false }) | undefined): Error {
  const { code, message = 'a sealing thread gave no answer' } = result ?? {};
  return code === undefined ? new Error(message) : new ArchiveError(code, message);
}

function closedError(): Error {
  return new Error('the sealing threads are closed');
}
