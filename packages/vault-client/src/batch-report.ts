import type { ArchiveReceipt, BatchResult } from '@llm-memory-graph/contracts';
import { isIntegrationError } from '@llm-memory-graph/http';
import type { PreparedEntry } from './entry.ts';

/** One session of a batch that is in the vault now. */
export interface ArchivedSession {
  readonly ok: true;
  readonly sessionId: string;
  readonly archiveId: string;
  /** Absent from services that give no receipts. */
  readonly receipt: ArchiveReceipt | undefined;
}

/** One session of a batch that is not known to be in the vault. */
export interface FailedSession {
  readonly ok: false;
  readonly sessionId: string;
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

/** Gathers the results of several requests; a failed request costs only its own sessions. */
export class BatchReport {
  readonly #entries: readonly PreparedEntry[];
  readonly #results = new Map<PreparedEntry, ArchivedSession | FailedSession>();
  #requestError: { readonly error: unknown } | undefined;

  constructor(entries: readonly PreparedEntry[]) {
    this.#entries = entries;
  }

  archived(entry: PreparedEntry, receipt: ArchiveReceipt | undefined): void {
    this.#results.set(entry, { ok: true, sessionId: entry.sessionId, archiveId: entry.id, receipt });
  }

  failed(entry: PreparedEntry, cause: unknown, error = cause instanceof Error ? cause.message : 'failed'): void {
    const retryable = isIntegrationError(cause) && cause.retryable;
    this.#results.set(entry, { ok: false, sessionId: entry.sessionId, archiveId: entry.id, error, retryable, cause });
  }

  requestFailed(batch: readonly PreparedEntry[], error: unknown): void {
    this.#requestError ??= { error };
    for (const entry of batch) this.failed(entry, error);
  }

  /** The vault's answer to a request; it names failures by session id and successes by archive id. */
  answered(batch: readonly PreparedEntry[], answer: BatchResult): void {
    const held = new Set(answer.archived);
    const receipts = new Map(answer.receipts?.map((receipt) => [receipt.archiveId, receipt]));
    const errors = new Map(answer.failed.map(({ sessionId, error }) => [sessionId, error]));
    for (const entry of batch) {
      const receipt = receipts.get(entry.id);
      // The same id given for two sessions is held for one of them.
      const isOthers = receipt !== undefined && receipt.sessionId !== entry.sessionId;
      if (held.has(entry.id) && !isOthers) this.archived(entry, receipt);
      else this.failed(entry, undefined, errors.get(entry.sessionId) ?? 'the vault did not say what became of it');
    }
  }

  /** @throws the error of the first failed request when nothing at all was archived */
  outcome(): BatchOutcome {
    const results = this.#entries.map((entry) => this.#results.get(entry) as ArchivedSession | FailedSession);
    const archived = results.filter((result) => result.ok).map((result) => result.archiveId);
    if (archived.length === 0 && this.#requestError) throw this.#requestError.error;
    const failed = results.filter((result) => !result.ok);
    return { results, total: results.length, successCount: archived.length, archived, failed };
  }
}
