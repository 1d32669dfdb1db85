import { contract, erasureReceipt, stringifyJson, type ErasureReceipt } from '@llm-memory-graph/contracts';
import type { Clock } from '@llm-memory-graph/resilience';
import { systemClock } from '@llm-memory-graph/resilience';
import * as z from 'zod/mini';
import { evidenceVerifier, type EvidenceSigner } from '../evidence/signer.ts';
import { base64, utf8 } from '../evidence/text-bytes.ts';
import type { Awaitable, Cancellable } from '../ports/call.ts';
import type { RetentionVault } from '../ports/retention-vault.ts';

/** Whose data: sessions whose metadata has this member with this value. */
export interface Subject {
  readonly key: string;
  readonly value: string;
}

/** The sessions of one person, where sessions come from. */
export interface SubjectSessions {
  /** Ids strictly behind `after`, in order. */
  sessionsOf(
    subject: Subject,
    options: Cancellable & { readonly after?: string | undefined; readonly limit: number },
  ): Awaitable<readonly string[]>;
  /** Removes a session with all that it holds; one that is gone already is fine. */
  remove(sessionId: string, options: Cancellable): Awaitable<void>;
}

/** What {@link eraseSubject} works with. */
export interface ErasureOptions extends Cancellable {
  readonly sessions: SubjectSessions;
  readonly vault: Pick<RetentionVault, 'retention'>;
  /** Removes a session and its usage from the registry. @default none is told */
  readonly registry?: { remove(sessionId: string, options: Cancellable): Awaitable<void> };
  readonly signer: EvidenceSigner;
  /** The requester's own number of the case; no name, it is kept for good. */
  readonly reference: string;
  /** Wait before looking again for what an archiver put meanwhile, in ms: the scheduler's `leaseMs`. @default 60000 */
  readonly leaseMs?: number;
  /** Most archives; nothing is erased when there are more, 1 to 100000. @default 1000 */
  readonly maxErasures?: number;
  /** @default the system's clock */
  readonly clock?: Clock;
}

/** What was erased of one person, signed. It names nobody. */
export const subjectErasure = contract(
  'SubjectErasure',
  z.object({
    format: z.literal('llm-memory-graph.subject-erasure.v1'),
    reference: z.string(),
    requestedAt: z.date(),
    finishedAt: z.date(),
    /** Member of the metadata that was looked for; its value is left out on purpose. */
    metadataKey: z.string(),
    /** Sessions removed where they come from. */
    sessionsRemoved: z.int(),
    /** Archives whose keys are destroyed. */
    archivesErased: z.int(),
    /** True when nothing stays: no archive is held or locked. */
    complete: z.boolean(),
    /** What the vault said, with its own signature, each that erased or kept something. */
    receipts: z.array(erasureReceipt.schema),
    keyId: z.string(),
    /** Ed25519 over the JSON of all of this with an empty signature, base64. */
    signature: z.string(),
  }),
);
export type SubjectErasure = ReturnType<typeof subjectErasure.parse>;

function signedBytes(erasure: SubjectErasure): Uint8Array<ArrayBuffer> {
  // A contract writes its members in the order in which it declares them, so the text is the same on both sides.
  return utf8(stringifyJson(subjectErasure.encode({ ...erasure, signature: '' })));
}

const pageSize = 500;

async function idsOf(options: ErasureOptions, subject: Subject): Promise<string[]> {
  const { sessions, signal } = options;
  const ids: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await sessions.sessionsOf(subject, { after, limit: pageSize, signal });
    ids.push(...page);
    after = page.at(-1);
    if (page.length < pageSize) return ids;
  }
}

/**
 * Erases one person's data everywhere (GDPR, Art. 17): every archive - by the metadata, and by the ids of the sessions
 * found, because not every archive shows its metadata - then the sessions in the registry and where they come from. Those
 * go last, so that a call that died is done again whole. One lease later it looks again, for what an archiver had loaded
 * before the session was gone.
 *
 * Legal hold and lock win over erasure: what they keep is listed, and `complete` is false. May be called again.
 *
 * @returns a signed receipt; keep it
 */
export async function eraseSubject(subject: Subject, options: ErasureOptions): Promise<SubjectErasure> {
  const { sessions, vault, registry, signer, reference, signal } = options;
  const { leaseMs = 60_000, maxErasures = 1000, clock = systemClock } = options;
  const requestedAt = new Date(clock.now());
  const found = new Set<string>();
  let receipts: ErasureReceipt[] = [];
  let removed = 0;

  const pass = async (): Promise<void> => {
    const present = await idsOf(options, subject);
    for (const id of present) found.add(id);
    const by = { dryRun: false, maxErasures, reference };
    const answers = [await vault.retention.erase({ ...by, metadata: subject }, { signal })];
    for (const sessionId of found) answers.push(await vault.retention.erase({ ...by, sessionId }, { signal }));
    for (const id of present) {
      await registry?.remove(id, { signal });
      await sessions.remove(id, { signal });
      removed += 1;
    }
    // What is kept is told anew by every pass.
    const erasing = receipts.filter(({ erased }) => erased.length > 0);
    receipts = [...erasing, ...answers.filter(({ erased, kept }) => erased.length > 0 || kept.length > 0)];
  };
  await pass();
  await clock.sleep(leaseMs, signal);
  await pass();

  const erased = new Set(receipts.flatMap((receipt) => receipt.erased.map(({ archiveId }) => archiveId)));
  const kept = receipts.flatMap((receipt) => receipt.kept.map(({ archiveId }) => archiveId));
  const erasure: SubjectErasure = {
    format: 'llm-memory-graph.subject-erasure.v1',
    ...{ reference, requestedAt, finishedAt: new Date(clock.now()), metadataKey: subject.key },
    ...{ sessionsRemoved: removed, archivesErased: erased.size, complete: kept.every((id) => erased.has(id)) },
    ...{ receipts, keyId: signer.keyId, signature: '' },
  };
  return { ...erasure, signature: base64(await signer.sign(signedBytes(erasure))) };
}

/**
 * Checks a receipt, offline and with the public key only. The vault's receipts inside carry signatures of their own.
 *
 * @returns the receipt, or undefined when anything in it was changed or another key signed it
 */
export async function verifySubjectErasure(text: string, publicKey: string): Promise<SubjectErasure | undefined> {
  const verifier = await evidenceVerifier(publicKey);
  let erasure: SubjectErasure;
  try {
    erasure = subjectErasure.decode(JSON.parse(text));
  } catch {
    return undefined;
  }
  if (erasure.keyId !== verifier.keyId) return undefined;
  return (await verifier.verify(signedBytes(erasure), erasure.signature)) ? erasure : undefined;
}

/** Archives every session of a person now, for example before handing the data out (GDPR, Art. 15). */
export async function archiveSubject<Report>(
  subject: Subject,
  options: Cancellable & {
    readonly sessions: SubjectSessions;
    readonly scheduler: {
      batchArchiveSessions(ids: readonly string[], options?: { readonly signal?: AbortSignal }): Promise<Report>;
    };
  },
): Promise<Report> {
  const { sessions, scheduler, signal } = options;
  const ids = await idsOf({ sessions, signal } as ErasureOptions, subject);
  return scheduler.batchArchiveSessions(ids, signal ? { signal } : {});
}

/** What of a session graph {@link graphSubjects} needs; `MemoryGraph` fits. */
export interface SubjectGraph {
  listSessions(filter: { readonly after?: string; readonly limit?: number }): readonly {
    readonly id: string;
    readonly metadata: Readonly<Record<string, unknown>>;
  }[];
  deleteSession(id: string): boolean;
}

/** As the vault compares: a string, or a number or boolean as it is written. */
function isWritten(member: unknown, value: string): boolean {
  return ['string', 'number', 'boolean'].includes(typeof member) && String(member) === value;
}

/** The sessions of a person in a session graph, found by looking at each session. */
export function graphSubjects(graph: SubjectGraph): SubjectSessions {
  return {
    sessionsOf({ key, value }, { after, limit }) {
      const found: string[] = [];
      for (let last = after; ;) {
        const page = graph.listSessions({ ...(last === undefined ? {} : { after: last }), limit: pageSize });
        for (const { id, metadata } of page) {
          if (Object.hasOwn(metadata, key) && isWritten(metadata[key], value)) found.push(id);
          if (found.length === limit) return found;
        }
        last = page.at(-1)?.id;
        if (page.length < pageSize) return found;
      }
    },
    remove(id) {
      graph.deleteSession(id);
    },
  };
}
