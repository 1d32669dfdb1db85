import { isProblemError, problem } from '@llm-memory-graph/service';

import { type Upload } from '../store/upload-store.ts';
import { type Uploads } from './uploads.ts';

/**
 * Takes in a request's bytes while they arrive, at most `syncBytes` of them in memory. What arrived before the
 * connection broke, or before a newer request came, is kept.
 *
 * @returns the upload as it is then
 * @throws 400 when the body ended early, 409 when a newer request took over, 413
 */
export async function receive(
  uploads: Uploads,
  upload: Upload,
  body: ReadableStream<Uint8Array> | null,
  giveWay: AbortSignal,
): Promise<Upload> {
  const { maxBytes, syncBytes } = uploads.vault.uploadLimits;
  const limit = Math.min(maxBytes, upload.length ?? maxBytes);
  let current = upload;
  let pieces: Uint8Array[] = [];
  let waiting = 0;
  const keep = async (): Promise<void> => {
    if (waiting === 0) return;
    const kept = pieces;
    [pieces, waiting] = [[], 0];
    current = await append(uploads, current, kept);
  };
  try {
    for await (const piece of until(giveWay, body)) {
      if (current.offset + waiting + piece.length > limit) throw tooLong(upload, maxBytes);
      pieces.push(piece);
      waiting += piece.length;
      if (waiting >= syncBytes) await keep();
    }
  } catch (cause) {
    if (isProblemError(cause) && cause.status === 413) throw cause;
    await keep();
    if (isProblemError(cause)) throw cause;
    throw problem(400, 'malformed-body', 'the body ended early; what arrived is kept', { cause });
  }
  await keep();
  if (giveWay.aborted) throw problem(409, 'upload-taken-over', 'a newer request works on this upload');
  return current;
}

async function append(
  { vault, digests, metrics }: Uploads,
  upload: Upload,
  pieces: readonly Uint8Array[],
): Promise<Upload> {
  const appended = await vault.store.uploads.append(upload, pieces, new Date(vault.clock.now()));
  if (!appended) throw problem(404, 'not-found', 'the upload is gone');
  digests.add(upload, pieces);
  metrics.received(appended.offset - upload.offset);
  return appended;
}

/** The pieces of `body` until its end or until `signal` aborts, whichever is first. */
async function* until(signal: AbortSignal, body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  if (!reader) return;
  const stop = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) return;
      yield value;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

function tooLong({ length }: Upload, maxBytes: number): Error {
  return length === null
    ? problem(413, 'too-large', `an upload has at most ${maxBytes} bytes`)
    : problem(400, 'inconsistent-upload-length', `the upload was announced with ${length} bytes`);
}
