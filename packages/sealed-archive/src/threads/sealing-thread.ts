// The program of a sealing thread; started by sealing-threads.ts.
import { parentPort } from 'node:worker_threads';

import { isArchiveError } from '../archive-error.ts';
import { concat } from '../concat.ts';
import { type KeyProvider } from '../key-provider.ts';
import { seal, type SealedArchive } from '../seal.ts';
import { type FromThread, type ThreadResult, type ToThread, type WrapRequest } from './thread-messages.ts';

type Wrapping = PromiseWithResolvers<Awaited<ReturnType<KeyProvider['wrap']>>>;

if (!parentPort) throw new Error('a sealing thread runs as a worker thread only');
const port = parentPort;
const wrappings = new Map<number, Wrapping[]>();

function tell(message: FromThread, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function settleWrappings({ batch, keys }: Extract<ToThread, { kind: 'wrapped' }>): void {
  for (const [i, wrapping] of (wrappings.get(batch) ?? []).entries()) {
    const wrapped = keys[i];
    if (wrapped) wrapping.resolve(wrapped);
    else wrapping.reject(new Error('the key provider failed'));
  }
  wrappings.delete(batch);
}

async function sealBatch({ batch, contents, jobs }: Extract<ToThread, { kind: 'seal' }>): Promise<void> {
  const requests: WrapRequest[] = [];
  const asked: Wrapping[] = [];
  const keysOf = (job: number): KeyProvider => ({
    wrap: (dataKey, context) => {
      const wrapping: Wrapping = Promise.withResolvers();
      requests.push({ job, dataKey, context });
      asked.push(wrapping);
      return wrapping.promise;
    },
    unwrap: () => Promise.reject(new Error('a sealing thread opens nothing')),
  });
  let start = 0;
  const sealing = jobs.map(({ bytes, encrypted, ...options }, job) => {
    const content = contents.subarray(start, (start += bytes));
    return seal(content, { ...options, ...(encrypted ? { keys: keysOf(job) } : {}) });
  });
  // `seal` asks for its key before it first waits, so all of the batch have asked by now, and one message does.
  if (requests.length > 0) {
    wrappings.set(batch, asked);
    tell({ kind: 'wrap', batch, requests });
  }
  const settled = await Promise.allSettled(sealing);
  const bytes = concat(settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value.bytes] : [])));
  tell({ kind: 'sealed', batch, bytes, results: settled.map(resultOf) }, [bytes.buffer]);
}

function resultOf(settled: PromiseSettledResult<SealedArchive>): ThreadResult {
  if (settled.status === 'fulfilled') {
    const { digest, size, contentSize, keyIds } = settled.value;
    return { ok: true, digest, size, contentSize, keyIds };
  }
  const cause: unknown = settled.reason;
  const message = cause instanceof Error ? cause.message : String(cause);
  return { ok: false, code: isArchiveError(cause) ? cause.code : undefined, message };
}

port.on('message', (message: ToThread) => {
  if (message.kind === 'wrapped') settleWrappings(message);
  else void sealBatch(message);
});
