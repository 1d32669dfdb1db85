import { decodeSealedFrames, rawElements } from '@llm-memory-graph/contracts';
import {
  bodyBytes,
  jsonTextAnswer,
  problem,
  readJsonBody,
  requireScope,
  type Handler,
  type ServiceContext,
} from '@llm-memory-graph/service';

import { receiptOf } from '../archive/answers.ts';
import { clientSealed, serverSealed, type Candidate } from '../archive/candidate.ts';
import { takeIn } from '../archive/intake.ts';
import { namesOf, receivedEntry } from '../archive/received-entry.ts';
import { refusalOf, type Refusal } from '../archive/refusal.ts';
import { sealingWish } from '../archive/server-sealing.ts';
import { callerOf } from '../caller.ts';
import { type Vault } from '../vault.ts';
import { carriesFrames } from './archive.ts';

/** An element of a batch as its sender can know it again. */
interface Element {
  /** Place in the batch, from 0. */
  readonly index: number;
  /** `undefined` when the element holds none that is well-formed. */
  readonly archiveId: string | undefined;
  readonly sessionId: string;
}

interface Accepted extends Element {
  readonly candidate: Candidate;
}

interface Failed extends Element {
  readonly refusal: Refusal;
}

/** `POST /api/v1/archive/batch`: entries as a bare JSON array, or sealed frames; one durable step for all. */
export function batchArchive(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'write');
    const elements = carriesFrames(c) ? await fromFrames(c, vault) : await fromEntries(c, vault);
    const accepted = elements.filter((element) => 'candidate' in element);
    const results = await takeIn(
      vault,
      accepted.map(({ candidate }) => candidate),
    );
    const receipts: Readonly<Record<string, unknown>>[] = [];
    const failed: Failed[] = elements.filter((element) => 'refusal' in element);
    for (const { refusal } of failed) vault.metrics.refused(refusal.type);
    for (const [i, result] of results.entries()) {
      if (result.ok) receipts.push(receiptOf(result.record, result.duplicate));
      else failed.push({ ...(accepted[i] as Accepted), refusal: result.refusal });
    }
    failed.sort((a, b) => a.index - b.index);
    const { tenant } = callerOf(c);
    for (const { index, archiveId, refusal } of failed)
      vault.logger.warn(
        { tenant, archive_id: archiveId, index, type: refusal.type },
        'an archive of a batch was refused',
      );
    const answer = {
      archived: receipts.map((receipt) => receipt['archive_id']),
      total: elements.length,
      success_count: receipts.length,
      failed: failed.map(failureOf),
      receipts,
    };
    return jsonTextAnswer(JSON.stringify(answer));
  };
}

function failureOf({ index, archiveId, sessionId, refusal: { type, message } }: Failed): Record<string, unknown> {
  return { session_id: sessionId, archive_id: archiveId, index, type, error: message };
}

async function fromFrames(c: ServiceContext, vault: Vault): Promise<(Accepted | Failed)[]> {
  const frames = decodeSealedFrames(await bodyBytes(c, vault.limits.maxBodyBytes));
  const caller = callerOf(c);
  return Promise.all(
    frames.map((frame, index) => {
      const { id: archiveId, sessionId } = frame.entry;
      return judged({ index, archiveId, sessionId }, () => clientSealed(vault, caller, frame));
    }),
  );
}

async function fromEntries(c: ServiceContext, vault: Vault): Promise<(Accepted | Failed)[]> {
  const wish = sealingWish(c);
  const { text, value } = await readJsonBody(c, vault.limits);
  if (!Array.isArray(value)) throw problem(400, 'validation', 'the body must be an array of archive entries');
  const values: unknown[] = value;
  const caller = callerOf(c);
  return Promise.all(
    rawElements(text).map((element, index) =>
      judged({ index, ...namesOf(values[index]) }, () =>
        serverSealed(vault, caller, receivedEntry(element, values[index], vault.clock), wish),
      ),
    ),
  );
}

/** An element that is wrong in itself fails alone; that the service cannot work fails the batch, to be tried again. */
async function judged(element: Element, make: () => Candidate | Promise<Candidate>): Promise<Accepted | Failed> {
  try {
    return { ...element, candidate: await make() };
  } catch (error) {
    const refusal = refusalOf(error);
    if (!refusal) throw error;
    return { ...element, refusal };
  }
}
