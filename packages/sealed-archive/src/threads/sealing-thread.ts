// The program of a sealing thread; started by sealing-threads.ts.
import { parentPort } from 'node:worker_threads';

import { isArchiveError } from '../archive-error.ts';
import { assemble } from '../assemble.ts';
import { concat } from '../concat.ts';
import { digestOf } from '../digest.ts';
import { newEnvelope } from '../envelope.ts';
import { type ResolvedSealOptions } from '../seal-options.ts';
import { type FromThread, type ThreadResult, type ToThread } from './thread-messages.ts';

if (!parentPort) throw new Error('a sealing thread runs as a worker thread only');
const port = parentPort;

function sealAll({ batch, bytes, jobs, settings }: ToThread): { answer: FromThread; transfer: ArrayBuffer } {
  let at = 0;
  const take = (count: number): Uint8Array => bytes.subarray(at, (at += count));
  const archives: Uint8Array[] = [];
  const results = jobs.map(({ contentBytes, keyBytes, recipientBytes, context, settings: index }): ThreadResult => {
    const [content, dataKey, recipients] = [take(contentBytes), take(keyBytes), take(recipientBytes)];
    const options = { ...settings[index], context } as ResolvedSealOptions;
    try {
      const envelope = newEnvelope(options, contentBytes, keyBytes > 0 ? dataKey : undefined, recipients);
      const archive = assemble(content, options, envelope);
      archives.push(archive);
      return { ok: true, digest: digestOf(archive), size: archive.length };
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      return { ok: false, code: isArchiveError(cause) ? cause.code : undefined, message };
    }
  });
  const sealed = concat(archives);
  return { answer: { batch, bytes: sealed, results }, transfer: sealed.buffer };
}

port.on('message', (message: ToThread) => {
  const { answer, transfer } = sealAll(message);
  port.postMessage(answer, [transfer]);
});
