import { randomUUID } from 'node:crypto';

import {
  emptyAnswer,
  jsonTextAnswer,
  pathId,
  problem,
  requireScope,
  type Handler,
  type ServiceContext,
} from '@llm-memory-graph/service';

import { receiptOf } from '../archive/answers.ts';
import { isSealedSessionOf } from '../archive/candidate.ts';
import { resultOf } from '../archive/intake.ts';
import { callerOf } from '../caller.ts';
import { type Upload } from '../store/upload-store.ts';
import { finishUpload } from '../upload/finish-upload.ts';
import { receive } from '../upload/receive.ts';
import {
  byteCount,
  entryText,
  isSameEntry,
  partialUpload,
  promisedDigest,
  uploadComplete,
  uploadEntry,
  type UploadEntry,
} from '../upload/upload-headers.ts';
import { type Uploads } from '../upload/uploads.ts';
import { type Vault } from '../vault.ts';

/** `POST /api/v1/archive` with `Upload-Complete`: opens an upload, or finds the one of this `Idempotency-Key`. */
export function beginUpload(uploads: Uploads): Handler {
  const { vault, metrics } = uploads;
  const { maxBytes, maxOpen, expireAfterMs } = vault.uploadLimits;
  return async (c) => {
    const { tenant } = callerOf(c);
    const entry = uploadEntry(c, vault.clock);
    const length = byteCount(c, 'upload-length') ?? null;
    if (length !== null && length > maxBytes)
      throw problem(413, 'too-large', `an upload has at most ${maxBytes} bytes`, { headers: limitsOf(vault) });
    const now = vault.clock.now();
    metrics.count('expired', await vault.store.uploads.expire(new Date(now - expireAfterMs)));
    const held = await heldAnswer(vault, tenant, entry);
    if (held) return held;

    const given = {
      tenant,
      uploadId: randomUUID(),
      key: keyOf(c),
      archiveId: entry.id,
      entry: entryText(entry),
      length,
      activeAt: new Date(now),
    };
    const begun = await vault.store.uploads.begin(given, maxOpen);
    if (begun.outcome === 'full')
      throw problem(429, 'too-many-uploads', `at most ${maxOpen} uploads may be open`, {
        headers: { 'retry-after': '60' },
      });
    if (begun.outcome === 'known' && !isSameEntry(begun.upload.entry, given.entry))
      throw problem(422, 'idempotency-key-reused', 'this Idempotency-Key came with another upload before');
    if (begun.outcome === 'begun') metrics.count('begun');
    const carriesBytes = c.req.raw.body !== null && c.req.header('content-length') !== '0';
    const answer =
      carriesBytes || uploadComplete(c) === true
        ? await appendTo(uploads, c, begun.upload.uploadId, 0)
        : progressAnswer(vault, begun.upload, 201);
    answer.headers.set('location', `/api/v1/uploads/${begun.upload.uploadId}`);
    return answer;
  };
}

/** `HEAD`, `PATCH` and `DELETE /api/v1/uploads/{id}`. */
export function uploadRequests(uploads: Uploads): Readonly<Record<'HEAD' | 'PATCH' | 'DELETE', Handler>> {
  const { vault, turns, digests, metrics } = uploads;
  return {
    HEAD: (c) => {
      requireScope(c, 'write');
      // The offset is told only once a request that still runs has stopped changing it.
      return turns.take(pathId(c), async () => progressAnswer(vault, await uploadOf(vault, c, pathId(c)), 204));
    },
    PATCH: (c) => {
      requireScope(c, 'write');
      const offset = byteCount(c, 'upload-offset');
      if (offset === undefined || uploadComplete(c) === undefined)
        throw problem(400, 'invalid-header', 'the headers Upload-Offset and Upload-Complete are needed');
      if (c.req.header('content-type') !== partialUpload)
        throw problem(415, 'unsupported-media-type', `the body must be ${partialUpload}`);
      return appendTo(uploads, c, pathId(c), offset);
    },
    DELETE: (c) => {
      requireScope(c, 'write');
      return turns.take(pathId(c), async () => {
        const upload = await uploadOf(vault, c, pathId(c));
        if (upload.completed) throw completed();
        await vault.store.uploads.remove(upload);
        digests.forget(upload);
        metrics.count('cancelled');
        return emptyAnswer();
      });
    },
  };
}

function appendTo(uploads: Uploads, c: ServiceContext, uploadId: string, offset: number): Promise<Response> {
  const { vault } = uploads;
  const promised = promisedDigest(c);
  const length = byteCount(c, 'upload-length');
  const isLast = uploadComplete(c) === true;
  return uploads.turns.take(uploadId, async (giveWay) => {
    const upload = await uploadOf(vault, c, uploadId);
    if (upload.completed) throw completed();
    if (upload.offset !== offset)
      throw problem(409, 'mismatching-upload-offset', `the upload has ${upload.offset} bytes`, {
        extensions: { 'expected-offset': upload.offset, 'provided-offset': offset },
        headers: { 'upload-offset': String(upload.offset), 'upload-complete': '?0' },
      });
    if (length !== undefined && upload.length !== null && length !== upload.length)
      throw problem(400, 'inconsistent-upload-length', `the upload was announced with ${upload.length} bytes`);
    const received = await receive(uploads, upload, c.req.raw.body, giveWay);
    if (!isLast) return progressAnswer(vault, received, offset === 0 && c.req.method === 'POST' ? 201 : 204);
    const announced = length ?? received.length ?? received.offset;
    if (received.offset !== announced)
      throw problem(400, 'inconsistent-upload-length', `the upload has ${received.offset} of ${announced} bytes`);
    const result = await finishUpload(uploads, callerOf(c), received, promised);
    if (!result.ok) throw result.refusal;
    return receiptAnswer(receiptOf(result.record, result.duplicate), received.offset);
  });
}

/** Nothing needs to be sent of what the vault holds already: the receipt, or why not. */
async function heldAnswer(vault: Vault, tenant: string, entry: UploadEntry): Promise<Response | undefined> {
  const found = await vault.store.find(tenant, entry.id);
  if (found.outcome === 'absent') return undefined;
  const result = await resultOf(vault, found, isSealedSessionOf(entry.sessionId));
  if (!result.ok) throw result.refusal;
  return receiptAnswer(receiptOf(result.record, true), result.record.size);
}

/** @throws 404, also for an upload of another tenant */
async function uploadOf({ store, clock, uploadLimits }: Vault, c: ServiceContext, uploadId: string): Promise<Upload> {
  const upload = await store.uploads.find(callerOf(c).tenant, uploadId);
  if (upload && upload.activeAt.getTime() >= clock.now() - uploadLimits.expireAfterMs) return upload;
  throw problem(404, 'not-found', 'there is no such upload, or it has expired');
}

function keyOf(c: ServiceContext): string {
  const key = c.req.header('idempotency-key') ?? randomUUID();
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw problem(400, 'bad-idempotency-key', 'Idempotency-Key must be 1 to 255 visible ASCII characters');
}

function progressAnswer(vault: Vault, upload: Upload, status: 201 | 204): Response {
  const headers = {
    ...limitsOf(vault),
    'upload-offset': String(upload.offset),
    'upload-complete': upload.completed ? '?1' : '?0',
    ...(upload.length !== null && { 'upload-length': String(upload.length) }),
    'cache-control': 'no-store',
  };
  return new Response(null, { status, headers });
}

function receiptAnswer(receipt: object, bytes: number): Response {
  const headers = { 'upload-complete': '?1', 'upload-offset': String(bytes), 'cache-control': 'no-store' };
  return jsonTextAnswer(JSON.stringify(receipt), { headers });
}

function limitsOf({ uploadLimits: { maxBytes, expireAfterMs } }: Vault): Record<string, string> {
  return { 'upload-limit': `max-size=${maxBytes}, max-age=${Math.floor(expireAfterMs / 1000)}` };
}

function completed(): Error {
  return problem(400, 'completed-upload', 'the upload is complete');
}
