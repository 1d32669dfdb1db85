import type { EventSource } from '../events.ts';
import type { ReadBackOutcome } from '../ports/archive-vault.ts';
import type { PrunableSession, SessionSource } from '../ports/session-source.ts';
import type { ArchiveVault } from '../ports/archive-vault.ts';
import { reasonOf } from '../scheduler-error.ts';
import { isOutage } from './service-guard.ts';
import type { Guards, WorkContext } from './work-context.ts';

/** What pruning did. */
export interface PruneCounts {
  pruned: number;
  refused: number;
}

interface PruneOptions {
  /** Sessions archived at or before it are removed. */
  readonly cutoff: Date;
  readonly counts: PruneCounts;
  readonly events: EventSource;
  readonly guards: Guards;
  readonly drain: AbortSignal;
  readonly signal: AbortSignal;
}

/**
 * Removes archived sessions from the source, each only after the vault has read the whole of its archive anew and
 * arrived at the digest of the mark. The removal compares version and archive again, so an edit in between wins.
 */
export class Prune {
  readonly #context: WorkContext;
  readonly #options: PruneOptions;

  constructor(context: WorkContext, options: PruneOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** @returns whether it came to the end; `false` when it was told to drain before */
  async work(): Promise<boolean> {
    const { source, settings, failpoint } = this.#context;
    const { cutoff, drain, signal } = this.#options;
    for (let after: string | undefined; ;) {
      if (drain.aborted) return false;
      signal.throwIfAborted();
      const page = await (source as Required<SessionSource>).prunable(cutoff, {
        after,
        limit: settings.batchSize,
        signal,
      });
      const last = page.at(-1);
      if (last === undefined) return true;
      after = last.id;
      const held = await this.#verify(page);
      await failpoint('before-prune');
      for (const [i, session] of page.entries()) await this.#removeIfHeld(session, held[i]);
    }
  }

  async #verify(page: readonly PrunableSession[]): Promise<readonly ReadBackOutcome[]> {
    const vault = this.#context.vault as Required<ArchiveVault>;
    const { guards, signal } = this.#options;
    const ids = page.map(({ archiveId }) => archiveId);
    try {
      return await guards.vault.call(() => vault.verify(ids, { signal }), signal);
    } catch (error) {
      if (isOutage(error) || signal.aborted) throw error;
      return ids.map(() => ({ ok: false, error, retryable: true }));
    }
  }

  async #removeIfHeld(session: PrunableSession, held: ReadBackOutcome | undefined): Promise<void> {
    const { counts, events, signal } = this.#options;
    const { id: sessionId, version, archiveId } = session;
    const problem = problemOf(session, held);
    if (problem !== undefined) {
      counts.refused += 1;
      events.emit('pruneRefused', { sessionId, archiveId, reason: reasonOf(problem) });
      return;
    }
    signal.throwIfAborted();
    if ((await (this.#context.source as Required<SessionSource>).prune(session, { signal })) !== 'pruned') return;
    counts.pruned += 1;
    events.emit('sessionPruned', { sessionId, version, archiveId });
  }
}

function problemOf({ id, archiveId, digest }: PrunableSession, held: ReadBackOutcome | undefined): unknown {
  if (held?.ok !== true) return held?.error ?? new Error('No answer to the verification');
  if (held.archiveId === archiveId && held.sessionId === id && held.digest === digest) return undefined;
  return new Error('The vault holds something else than was marked');
}
