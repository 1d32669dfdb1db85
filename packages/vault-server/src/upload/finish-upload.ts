import { problem } from '@llm-memory-graph/service';

import { isSealedSessionOf, sealedHeader, sealedRecord } from '../archive/candidate.ts';
import { newRecord } from '../archive/new-record.ts';
import { resultOf, type IntakeResult } from '../archive/intake.ts';
import { type Caller } from '../caller.ts';
import { type Upload } from '../store/upload-store.ts';
import { entryOf } from './upload-headers.ts';
import { type Uploads } from './uploads.ts';

/** No header of a sealed archive is longer. */
const maxHeaderBytes = 256 * 1024;

/**
 * Turns an upload into an archive once everything about it was checked.
 *
 * @throws 422 when the bytes are not what their digest says, or no sealed archive; the upload is dropped then
 */
export async function finishUpload(
  uploads: Uploads,
  { tenant, actor }: Caller,
  upload: Upload,
  promised: string | undefined,
): Promise<IntakeResult> {
  const { vault, digests, metrics } = uploads;
  const store = vault.store.uploads;
  try {
    const digest = await digests.of(upload, store);
    if (promised !== undefined && promised !== digest)
      throw problem(422, 'digest-mismatch', 'the content does not have the digest that was promised');
    const start = await firstBytes(uploads, upload);
    const header = sealedHeader(start);
    const entry = entryOf(upload.entry);
    const given = sealedRecord(vault, tenant, entry, digest, header);
    const archive = { ...newRecord(given, upload.offset, actor), head: start.subarray(0, header.headerBytes) };
    const result = await store.finish(upload, archive);
    metrics.count('completed');
    digests.forget(upload);
    return await resultOf(vault, result, isSealedSessionOf(entry.sessionId));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await store.remove(upload);
    digests.forget(upload);
    metrics.count('refused');
    throw error;
  }
}

function isRefusal(error: unknown): boolean {
  return (error as { status?: unknown } | null)?.status === 422;
}

async function firstBytes({ vault }: Uploads, upload: Upload): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const end = Math.min(upload.offset, maxHeaderBytes);
  for await (const piece of vault.store.uploads.read(upload, 0, end)) pieces.push(piece);
  return Buffer.concat(pieces);
}
