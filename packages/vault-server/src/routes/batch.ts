import { decodeSealedFrames, isContractViolation, rawElements } from '@llm-memory-graph/contracts';
import {
  bodyBytes,
  isProblemError,
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
import { receivedEntry, sessionIdOf } from '../archive/received-entry.ts';
import { sealingWish } from '../archive/server-sealing.ts';
import { callerOf } from '../caller.ts';
import { type Vault } from '../vault.ts';
import { carriesFrames } from './archive.ts';

interface Failure {
  readonly session_id: string;
  readonly error: string;
}

interface Sorted {
  readonly candidates: Candidate[];
  readonly failures: Failure[];
}

/** `POST /api/v1/archive/batch`: entries as a bare JSON array, or sealed frames; one durable step for all. */
export function batchArchive(vault: Vault): Handler {
  return async (c) => {
    requireScope(c, 'write');
    const { candidates, failures } = carriesFrames(c) ? await fromFrames(c, vault) : await fromEntries(c, vault);
    const receipts: Readonly<Record<string, unknown>>[] = [];
    for (const result of await takeIn(vault, candidates)) {
      if (result.ok) receipts.push(receiptOf(result.record, result.duplicate));
      else failures.push({ session_id: result.sessionId, error: result.refusal.message });
    }
    const answer = {
      archived: receipts.map((receipt) => receipt['archive_id']),
      total: receipts.length + failures.length,
      success_count: receipts.length,
      failed: failures,
      receipts,
    };
    return jsonTextAnswer(JSON.stringify(answer));
  };
}

async function fromFrames(c: ServiceContext, vault: Vault): Promise<Sorted> {
  const frames = decodeSealedFrames(await bodyBytes(c, vault.limits.maxBodyBytes));
  const caller = callerOf(c);
  return sorted(frames.map((frame) => judged(frame.entry.sessionId, () => clientSealed(vault, caller, frame))));
}

async function fromEntries(c: ServiceContext, vault: Vault): Promise<Sorted> {
  const wish = sealingWish(c);
  const { text, value } = await readJsonBody(c, vault.limits);
  if (!Array.isArray(value)) throw problem(400, 'validation', 'the body must be an array of archive entries');
  const values: unknown[] = value;
  const caller = callerOf(c);
  return sorted(
    rawElements(text).map((element, i) =>
      judged(sessionIdOf(values[i]), () =>
        serverSealed(vault, caller, receivedEntry(element, values[i], vault.clock), wish),
      ),
    ),
  );
}

/** An element that is wrong in itself fails alone; that the service cannot work fails the batch, to be tried again. */
async function judged(sessionId: string, make: () => Candidate | Promise<Candidate>): Promise<Candidate | Failure> {
  try {
    return await make();
  } catch (error) {
    const isTheirs = isContractViolation(error) || (isProblemError(error) && error.status < 500);
    if (!isTheirs) throw error;
    return { session_id: sessionId, error: error.message };
  }
}

async function sorted(elements: readonly Promise<Candidate | Failure>[]): Promise<Sorted> {
  const { candidates = [], failures = [] } = Object.groupBy(await Promise.all(elements), (element) =>
    'error' in element ? 'failures' : 'candidates',
  );
  return { candidates: candidates as Candidate[], failures: failures as Failure[] };
}
