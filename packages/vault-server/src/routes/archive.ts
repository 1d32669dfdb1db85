import { decodeSealedFrames, sealedFramesMediaType } from '@llm-memory-graph/contracts';
import {
  bodyBytes,
  emptyAnswer,
  jsonTextAnswer,
  pathId,
  problem,
  readJsonBody,
  requireScope,
  type Handler,
  type ServiceContext,
} from '@llm-memory-graph/service';

import { entryText, receiptOf, sealedDataText } from '../archive/answers.ts';
import { clientSealed, serverSealed, type Candidate } from '../archive/candidate.ts';
import { heldArchive, heldContent } from '../archive/held-archive.ts';
import { takeIn } from '../archive/intake.ts';
import { receivedEntry } from '../archive/received-entry.ts';
import { refusalOf } from '../archive/refusal.ts';
import { openData, sealingWish } from '../archive/server-sealing.ts';
import { callerOf } from '../caller.ts';
import { eraseArchive } from '../retention/erase-archive.ts';
import { type Uploads } from '../upload/uploads.ts';
import { type Vault } from '../vault.ts';
import { bypassesGovernance } from './bypass-governance.ts';
import { beginUpload } from './uploads.ts';

/** `POST /api/v1/archive`: one entry as JSON, one sealed frame, or the beginning of a resumable upload. */
export function archiveSession(uploads: Uploads): Handler {
  const { vault } = uploads;
  const begin = beginUpload(uploads);
  return async (c) => {
    requireScope(c, 'write');
    if (c.req.header('upload-complete') !== undefined) return begin(c);
    const [result] = await takeIn(vault, [await countingRefusals(vault, candidateOf(c, vault))]);
    if (!result) throw new Error('the store gave no result');
    if (!result.ok) throw result.refusal;
    return jsonTextAnswer(JSON.stringify(receiptOf(result.record, result.duplicate)));
  };
}

async function countingRefusals<T>({ metrics }: Vault, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal) metrics.refused(refusal.type);
    throw error;
  }
}

async function candidateOf(c: ServiceContext, vault: Vault): Promise<Candidate> {
  const caller = callerOf(c);
  if (carriesFrames(c)) {
    const frames = decodeSealedFrames(await bodyBytes(c, vault.limits.maxBodyBytes));
    const [frame] = frames;
    if (!frame || frames.length > 1)
      throw problem(400, 'malformed-body', `the body must hold one frame, found ${frames.length}`);
    return clientSealed(vault, caller, frame);
  }
  const wish = sealingWish(c);
  const { text, value } = await readJsonBody(c, vault.limits);
  return serverSealed(vault, caller, receivedEntry(text, value, vault.clock), wish);
}

/** Whether the body is a sequence of sealed frames. */
export function carriesFrames(c: ServiceContext): boolean {
  const [type = ''] = (c.req.header('content-type') ?? '').split(';', 1);
  return type.trim().toLowerCase() === sealedFramesMediaType;
}

/** `GET /api/v1/archive/{id}`: the entry with its data. */
export function retrieveSession(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'read');
    const record = await heldArchive(vault, callerOf(c).tenant, pathId(c));
    if (record.size > vault.limits.maxBodyBytes)
      throw problem(422, 'too-large-for-json', `the archive has ${record.size} bytes; read its content as a stream`);
    const content = await heldContent(vault, record);
    const data = record.sealedBy === 'server' ? await openData(vault, record, content) : sealedDataText(content);
    return jsonTextAnswer(entryText(record, data));
  };
}

/** `DELETE /api/v1/archive/{id}`: destroys key and bytes; a repeat is answered alike. */
export function deleteArchive(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'delete');
    await eraseArchive(vault, callerOf(c), pathId(c), bypassesGovernance(c));
    return emptyAnswer();
  };
}
