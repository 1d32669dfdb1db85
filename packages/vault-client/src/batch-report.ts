import type { ArchiveReceipt, BatchResult } from '@llm-memory-graph/contracts';
import { isIntegrationError } from '@llm-memory-graph/http';

/** What a batch is made of. */
export interface BatchEntry {
  /** Id of the archive. */
  readonly id: string;
  readonly sessionId: string;
}

/** One session of a batch that is in the vault now. */
export interface ArchivedSession {
  readonly ok: true;
  readonly sessionId: string;
  readonly archiveId: string;
  /** Absent from services that give no receipts. */
  readonly receipt: ArchiveReceipt | undefined;
}

/** One session of a batch that is not known to be in the vault: it may be, when an answer was lost. */
export interface FailedSession {
  readonly ok: false;
  readonly sessionId: string;
  /** Give it as `id` when the session is sent again: then it is the same archive, wherever the first try got to. */
  readonly archiveId: string;
  /** What went wrong, in one line. */
  readonly error: string;
  /** Whether the same session may go through later. */
  readonly retryable: boolean;
  readonly cause: unknown;
}

/** What became of a batch. */
export interface BatchOutcome {
  /** One per session, in the order given. */
  readonly results: readonly (ArchivedSession | FailedSession)[];
  readonly total: number;
  readonly successCount: number;
  /** Ids of the archives held now. */
  readonly archived: readonly string[];
  readonly failed: readonly FailedSession[];
}

/** A batch whose results are given, in the order of its sessions. */
export function outcomeOf(results: readonly (ArchivedSession | FailedSession)[]): BatchOutcome {
  const archived = results.flatMap((result) => (result.ok ? [result.archiveId] : []));
  const failed = results.filter((result) => !result.ok);
  return { results, total: results.length, successCount: archived.length, archived, failed };
}

/** Gathers the results of several requests; a failed request costs only its own sessions. */
export class BatchReport {
  readonly #entries: readonly BatchEntry[];
  readonly #results = new Map<BatchEntry, ArchivedSession | FailedSession>();
  #requestError: { readonly error: unknown } | undefined;

  constructor(entries: readonly BatchEntry[]) {
    this.#entries = entries;
  }

  archived(entry: BatchEntry, receipt: ArchiveReceipt | undefined): void {
    this.#results.set(entry, { ok: true, sessionId: entry.sessionId, archiveId: entry.id, receipt });
  }

  failed(
    entry: BatchEntry,
    cause: unknown,
    error = cause instanceof Error ? cause.message : 'failed',
    retryable = isIntegrationError(cause) && cause.retryable,
  ): void {
    this.#results.set(entry, { ok: false, sessionId: entry.sessionId, archiveId: entry.id, error, retryable, cause });
  }

  requestFailed(batch: readonly BatchEntry[], error: unknown): void {
    this.#requestError ??= { error };
    // What is not an error of ours is the reason of the caller's signal, and says nothing of the sessions.
    const retryable = !isIntegrationError(error) || error.retryable;
    for (const entry of batch) if (!this.#results.has(entry)) this.failed(entry, error, undefined, retryable);
  }

  /** The vault's answer to a request; services that do not name failures by archive name them by session. */
  answered(batch: readonly BatchEntry[], answer: BatchResult): void {
    const held = new Set(answer.archived);
    const receipts = new Map(answer.receipts?.map((receipt) => [receipt.archiveId, receipt]));
    const errors = new Map<string, string>();
    for (const { archiveId, sessionId, error } of answer.failed)
      errors.set(archiveId === undefined ? `session ${sessionId}` : `archive ${archiveId}`, error);
    for (const entry of batch) {
      const receipt = receipts.get(entry.id);
      // The same id given for two sessions is held for one of them.
      const isOthers = receipt !== undefined && receipt.sessionId !== entry.sessionId;
      if (held.has(entry.id) && !isOthers) this.archived(entry, receipt);
      else {
        const error = errors.get(`archive ${entry.id}`) ?? errors.get(`session ${entry.sessionId}`);
        this.failed(entry, undefined, error ?? 'the vault did not say what became of it');
      }
    }
  }

  /** @throws the error of the first failed request when nothing at all was archived */
  outcome(): BatchOutcome {
    const outcome = outcomeOf(
      this.#entries.map((entry) => this.#results.get(entry) as ArchivedSession | FailedSession),
    );
    if (outcome.successCount === 0 && this.#requestError) throw this.#requestError.error;
    return outcome;
  }
}
