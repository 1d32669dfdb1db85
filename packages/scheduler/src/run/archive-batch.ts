import { archiveIdentity } from '../archive-identity.ts';
import type { Archived, ArchiveRequest, ArchiveVault, ReadBackOutcome } from '../ports/archive-vault.ts';
import type { ClaimRefusal, LoadedSession, MarkResult, SessionClaim } from '../ports/session-source.ts';
import { isRetryable, reasonOf } from '../scheduler-error.ts';
import { metadataOf, type ArchiveShape } from './archive-shape.ts';
import { inParallel } from './in-parallel.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { isOutage } from './service-guard.ts';
import type { FoundArchived, SessionOutcome, SkippedSession, SkipReason } from './session-outcome.ts';
import { storeArchives } from './store-archives.ts';
import type { Guards, WorkContext } from './work-context.ts';

/** One batch of sessions to archive. */
export interface BatchOptions {
  readonly shape: ArchiveShape;
  readonly guards: Guards;
  readonly signal: AbortSignal;
  /** Sessions touched after it are left alone. @default none is too young */
  readonly cutoff?: Date;
  /** Written into the marks, and recognised in them after a crash. */
  readonly runId?: string;
}

type Outcome = SessionOutcome | FoundArchived;

interface Loaded {
  readonly claim: SessionClaim;
  readonly request: ArchiveRequest;
}

/**
 * Archives a batch in the one order that survives a stop at any point: claim, load, store, read back and compare,
 * registry, compare-and-set. Yields results as groups of sessions get through, each group within
 * `maxBytesInFlight`; each session that was asked for gets exactly one result, unless the batch throws.
 */
export async function* archiveBatch(
  context: WorkContext,
  ids: readonly string[],
  options: BatchOptions,
): AsyncGenerator<Outcome[], void, void> {
  const mine = ids.filter((id) => !context.inHand.has(id));
  const busy = ids.filter((id) => context.inHand.has(id));
  for (const id of mine) context.inHand.add(id);
  try {
    yield* new Batch(context, options).run(mine);
  } finally {
    for (const id of mine) context.inHand.delete(id);
  }
  if (busy.length > 0) yield busy.map((sessionId) => skipped(sessionId, 'leased'));
}

function skipped(sessionId: string, reason: SkipReason): SkippedSession {
  return { sessionId, result: 'skipped', reason };
}

/** What a refused claim makes of a session: what the run itself has marked is archived. */
export function refusedOutcome(refusal: ClaimRefusal, runId: string | undefined): SkippedSession | FoundArchived {
  if (refusal.reason === 'archived' && runId !== undefined && refusal.runId === runId) {
    return { sessionId: refusal.id, result: 'found' };
  }
  return skipped(refusal.id, refusal.reason);
}

function failed({ id, version }: SessionClaim, error: unknown, retryable = isRetryable(error)): Outcome {
  return { sessionId: id, result: 'failed', version, reason: reasonOf(error), retryable };
}

class Batch {
  readonly #context: WorkContext;
  readonly #options: BatchOptions;
  /** Leases to renew, and to give back at the end. */
  readonly #held = new Map<string, SessionClaim>();

  constructor(context: WorkContext, options: BatchOptions) {
    this.#context = context;
    this.#options = options;
  }

  async *run(ids: readonly string[]): AsyncGenerator<Outcome[], void, void> {
    const { source, failpoint, settings, clock, owner } = this.#context;
    const { signal, runId } = this.#options;
    const lease = { owner, ttlMs: settings.leaseMs, signal };
    signal.throwIfAborted();
    const { granted, refused } = await source.claim(ids, { ...lease, runId });
    for (const claim of granted) this.#held.set(claim.id, claim);
    using _keeper = new LeaseKeeper(clock, settings.leaseMs, async () => {
      await source.renew([...this.#held.values()], lease);
    });
    try {
      await failpoint('after-claim');
      if (refused.length > 0) yield refused.map((refusal) => refusedOutcome(refusal, runId));
      yield* this.#groups(granted);
    } finally {
      await this.#release();
    }
  }

  async *#groups(claims: readonly SessionClaim[]): AsyncGenerator<Outcome[], void, void> {
    const { budget } = this.#context;
    const { signal } = this.#options;
    let group: Loaded[] = [];
    let bytes = 0;
    const ship = async (): Promise<Outcome[]> => {
      try {
        return await this.#ship(group);
      } finally {
        budget.give(bytes);
        group = [];
        bytes = 0;
      }
    };
    try {
      for (const claim of claims) {
        const loaded = await this.#load(claim);
        if ('result' in loaded) {
          yield [loaded];
          continue;
        }
        const size = loaded.request.bytes.length;
        if (!budget.tryTake(size)) {
          // Ships first what it holds: batches that wait for each other's bytes would wait for ever.
          if (group.length > 0) yield await ship();
          await budget.take(size, signal);
        }
        group.push(loaded);
        bytes += size;
      }
      if (group.length > 0) yield await ship();
    } finally {
      budget.give(bytes);
    }
  }

  async #release(): Promise<void> {
    const { source, owner } = this.#context;
    const left = [...this.#held.values()];
    try {
      if (left.length > 0) await source.release(left, { owner });
    } catch {
      // A lease that runs out late only delays others; it must not hide the error that ended the batch.
    }
  }

  async #load(claim: SessionClaim): Promise<Loaded | Outcome> {
    const { source, failpoint } = this.#context;
    const { signal, cutoff, guards } = this.#options;
    signal.throwIfAborted();
    if (cutoff !== undefined && claim.updatedAt > cutoff) return skipped(claim.id, 'changed');
    await this.#context.pace(signal);
    await failpoint('before-read');
    let session: LoadedSession | undefined;
    try {
      session = await guards.source.call(() => source.load(claim.id, { signal }), signal);
    } catch (error) {
      if (isOutage(error) || signal.aborted) throw error;
      return failed(claim, error);
    }
    await failpoint('after-read');
    if (session === undefined) return skipped(claim.id, 'gone');
    if (session.ref.version !== claim.version) return skipped(claim.id, 'changed');
    return { claim, request: await this.#request(claim, session) };
  }

  async #request({ id, version }: SessionClaim, session: LoadedSession): Promise<ArchiveRequest> {
    const { shape, runId } = this.#options;
    return {
      ...(await archiveIdentity(id, version, session.bytes)),
      sessionId: id,
      version,
      bytes: session.bytes,
      retentionDays: shape.retentionDays,
      complianceLevel: this.#context.settings.defaultComplianceLevel,
      tags: shape.tagsOf(session),
      metadata: metadataOf(session, this.#context.settings.metadataKeys, runId),
    };
  }

  async #ship(group: readonly Loaded[]): Promise<Outcome[]> {
    const { failpoint, settings } = this.#context;
    const outcomes: Outcome[] = [];
    await failpoint('before-put');
    const stored = await storeArchives(
      group.map(({ request }) => request),
      { ...this.#context, guard: this.#options.guards.vault, signal: this.#options.signal },
    );
    await failpoint('after-ack');

    const acknowledged: { readonly loaded: Loaded; readonly archived: Archived }[] = [];
    for (const loaded of group) {
      const outcome = stored.get(loaded.claim.id);
      if (outcome?.ok === true) acknowledged.push({ loaded, archived: outcome });
      else outcomes.push(failed(loaded.claim, outcome?.error, outcome?.retryable));
    }

    await failpoint('before-verify');
    const held = await this.#readBack(acknowledged.map(({ archived }) => archived.archiveId));
    await failpoint('after-verify');

    await inParallel([...acknowledged.entries()], settings.concurrency, async ([i, { loaded, archived }]) => {
      const problem = mismatch(loaded, archived, held[i]);
      outcomes.push(problem ?? (await this.#mark(loaded, archived)));
    });
    return outcomes;
  }

  async #readBack(archiveIds: readonly string[]): Promise<readonly ReadBackOutcome[]> {
    if (archiveIds.length === 0) return [];
    const { vault, settings } = this.#context;
    const { guards, signal } = this.#options;
    const ask = (): ReturnType<ArchiveVault['readBack']> =>
      settings.verifyContent
        ? (vault as Required<ArchiveVault>).verify(archiveIds, { signal })
        : vault.readBack(archiveIds, { signal });
    try {
      return await guards.vault.call(ask, signal);
    } catch (error) {
      if (isOutage(error) || signal.aborted) throw error;
      return archiveIds.map(() => ({ ok: false, error, retryable: true }));
    }
  }

  async #mark({ claim }: Loaded, archived: Archived): Promise<Outcome> {
    const { source, registry, failpoint, clock } = this.#context;
    const { guards, signal, runId } = this.#options;
    const { archiveId, digest, size, duplicate = false } = archived;
    signal.throwIfAborted();
    let result: MarkResult;
    try {
      if (registry !== undefined) {
        await guards.registry.call(() => registry.markArchived(claim.id, { signal }), signal);
      }
      await failpoint('before-mark');
      const mark = { archiveId, digest, archivedAt: new Date(clock.now()), runId };
      result = await guards.source.call(() => source.markArchived(claim, mark, { signal }), signal);
    } catch (error) {
      if (isOutage(error) || signal.aborted) throw error;
      return failed(claim, error);
    }
    await failpoint('after-mark');
    if (result === 'already') return skipped(claim.id, 'archived');
    if (result !== 'marked') return skipped(claim.id, result);
    this.#held.delete(claim.id);
    return { sessionId: claim.id, result: 'archived', version: claim.version, archiveId, digest, size, duplicate };
  }
}

/** What speaks against taking the vault's second word for the first, `undefined` when nothing does. */
function mismatch(
  { claim, request }: Loaded,
  archived: Archived,
  held: ReadBackOutcome | undefined,
): Outcome | undefined {
  if (held?.ok !== true) return failed(claim, held?.error ?? new Error('No answer to the read-back'), held?.retryable);
  const same =
    archived.archiveId === request.archiveId &&
    held.archiveId === request.archiveId &&
    held.sessionId === claim.id &&
    held.digest === archived.digest &&
    held.size === archived.size;
  return same ? undefined : failed(claim, new Error('The vault holds something else than it acknowledged'), true);
}
