import type { Awaitable, Cancellable } from './call.ts';

/** A place in the order of due sessions: by `updatedAt`, then by `id`. */
export interface DueCursor {
  readonly updatedAt: Date;
  readonly id: string;
}

/** One version of one session. A reference is also the cursor of its own place. */
export interface SessionRef extends DueCursor {
  /** Counts the edits of the session, from 1; what is archived is one version. */
  readonly version: number;
}

/** A session that this scheduler may work on until its lease runs out. */
export interface SessionClaim extends SessionRef {
  /** Grows with every claim of the session; a mark under an older epoch is refused. */
  readonly epoch: number;
}

/** Why a session was not claimed. */
export type ClaimRefusal =
  | { readonly id: string; readonly reason: 'leased' | 'gone' }
  | {
      readonly id: string;
      readonly reason: 'archived';
      /** The run that marked it, as given in {@link ArchiveMark.runId}; the one that asks, when that marked any version. */
      readonly runId?: string | undefined;
    };

/** Answer to a claim: every id that was asked for stands in exactly one of the two lists. */
export interface ClaimResult {
  readonly granted: readonly SessionClaim[];
  readonly refused: readonly ClaimRefusal[];
}

/** A session's content as one version of it stands. */
export interface LoadedSession {
  readonly ref: SessionRef;
  /** The session document (`encodeSessionDocument` of `@llm-memory-graph/contracts`). */
  readonly bytes: Uint8Array;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The model that it runs on; stands beside the archive when `metadataKeys` names `model_id`. */
  readonly modelId?: string | undefined;
}

/** Where a session went. */
export interface ArchiveMark {
  readonly archiveId: string;
  /** `sha256:<hex>` of what the vault holds. */
  readonly digest: string;
  readonly archivedAt: Date;
  /** The run that archived it; reported back by a later {@link SessionSource.claim}. */
  readonly runId?: string | undefined;
}

/** - `marked`: done by this call. - `already`: this version was archived before. - `changed`: another version, or the claim was lost. - `gone`: no such session. */
export type MarkResult = 'marked' | 'already' | 'changed' | 'gone';

/** A session whose current version is in the vault. */
export interface PrunableSession {
  readonly id: string;
  readonly version: number;
  readonly archiveId: string;
  /** `sha256:<hex>`, as it was marked. */
  readonly digest: string;
}

/** - `pruned`: removed by this call. - `changed`: edited since, or marked with another archive; it stays. - `gone`: no such session. */
export type PruneResult = 'pruned' | 'changed' | 'gone';

/** That a run archived a session, as it is written down with the session. */
export interface RunMark {
  readonly sessionId: string;
  readonly version: number;
  readonly archiveId: string;
  /** `sha256:<hex>`, as the vault acknowledged it. */
  readonly digest: string;
}

/** Tells what a run has marked. */
export interface MarkLister {
  /** The marks of a run by session, those strictly behind the session `after`; an empty page is the last. */
  marksOf(
    runId: string,
    options: Cancellable & { readonly after?: string | undefined; readonly limit: number },
  ): Awaitable<readonly RunMark[]>;
}

/** Where sessions come from, and where it is written down that they are archived. */
export interface SessionSource {
  /**
   * Sessions last touched at or before `cutoff` whose current version is not archived, in cursor order, strictly
   * behind `after`. Leased sessions are listed too; those of which the run `runId` marked any version are not: what
   * is edited after that is for the next run.
   */
  due(
    cutoff: Date,
    options: Cancellable & {
      readonly after?: DueCursor | undefined;
      readonly limit: number;
      readonly runId?: string | undefined;
    },
  ): Awaitable<readonly SessionRef[]>;

  /**
   * Leases sessions, all in one step. A session is refused as `leased` while the lease of *another* owner runs; the
   * same owner gets it again, in a new epoch. One of which the run `runId` marked any version is refused as `archived`
   * by that run, also when it was edited since: this is how a run that was killed counts each mark once. How long a lease lasts must not depend on the clocks of two processes
   * agreeing: the store's clock, or expiries clamped to `now + 2 * ttlMs`.
   */
  claim(
    ids: readonly string[],
    options: Cancellable & { readonly owner: string; readonly ttlMs: number; readonly runId?: string | undefined },
  ): Awaitable<ClaimResult>;

  /** Extends the leases that are still held in their epoch, and returns their ids. */
  renew(
    claims: readonly SessionClaim[],
    options: Cancellable & { readonly owner: string; readonly ttlMs: number },
  ): Awaitable<readonly string[]>;

  /** Gives leases back; those no longer held are left alone. */
  release(claims: readonly SessionClaim[], options: Cancellable & { readonly owner: string }): Awaitable<void>;

  /** The session as it stands now, `undefined` when it is gone. */
  load(id: string, options: Cancellable): Awaitable<LoadedSession | undefined>;

  /** Compare-and-set: marks the session archived only if version and epoch are still those of `claim`; ends its lease. */
  markArchived(claim: SessionClaim, mark: ArchiveMark, options: Cancellable): Awaitable<MarkResult>;

  /**
   * Sessions whose current version was archived at or before `cutoff`, by id, strictly behind `after`. Only needed
   * for pruning.
   */
  prunable?(
    cutoff: Date,
    options: Cancellable & { readonly after?: string | undefined; readonly limit: number },
  ): Awaitable<readonly PrunableSession[]>;

  /** Compare-and-set: removes the session only if its current version is still this one, in this archive. */
  prune?(session: PrunableSession, options: Cancellable): Awaitable<PruneResult>;
}
