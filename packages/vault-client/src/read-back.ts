import { maxReadBack, readBackReport, readBackRequest, vaultEndpoints as endpoints } from '@llm-memory-graph/contracts';
import { ApiError, bodyOf, isIntegrationError, json, type CallOptions, type HttpClient } from '@llm-memory-graph/http';
import type { ArchiveReader } from './archive-reader.ts';
import type { ReadBackArchive, UnreadArchive } from './archives.ts';
import { IntegrityError } from './integrity-error.ts';

type Result = ReadBackArchive | UnreadArchive;

// Reading changes no answer that is kept.
const invalidates: readonly string[] = [];
/** Requests at a time to a vault that tells of one archive a request. */
const readsAtOnce = 8;
/** How a vault answers a request that it does not know: 405 is what our own older ones say. */
const unknown: ReadonlySet<number | undefined> = new Set([404, 405, 501]);

/** Asks what the vault holds, many archives a request where the vault knows how. */
export class ReadBack {
  readonly #http: HttpClient;
  readonly #reader: ArchiveReader;
  #takesMany = true;

  constructor(http: HttpClient, reader: ArchiveReader) {
    this.#http = http;
    this.#reader = reader;
  }

  /** One result for each id, in order. */
  async of(archiveIds: readonly string[], options: CallOptions | undefined): Promise<readonly Result[]> {
    const results: Result[] = [];
    while (results.length < archiveIds.length) {
      const rest = archiveIds.slice(results.length);
      const many = this.#takesMany ? await this.#many(rest.slice(0, maxReadBack), options) : undefined;
      results.push(...(many ?? (await Promise.all(rest.slice(0, readsAtOnce).map((id) => this.#one(id, options))))));
    }
    return results;
  }

  /** `undefined` when the vault does not know the request. */
  async #many(archiveIds: readonly string[], options: CallOptions | undefined): Promise<Result[] | undefined> {
    const { method, path } = endpoints.readBackArchives;
    const request = { method, path, body: bodyOf(readBackRequest, { archiveIds: [...archiveIds] }), invalidates };
    try {
      const { archives, failed } = (await this.#http.call(request, json(readBackReport), options)).value;
      const held = new Map(archives.map((archive) => [archive.archiveId, archive]));
      const failures = new Map(failed.map(({ archiveId, ...why }) => [archiveId, failureOf(why)]));
      return archiveIds.map((archiveId) => {
        const archive = held.get(archiveId);
        if (archive) return { ok: true, ...archive };
        const error = failures.get(archiveId) ?? new IntegrityError(archiveId, 'the vault did not say what it holds');
        return { ok: false, archiveId, error };
      });
    } catch (error) {
      if (!isIntegrationError(error) || !unknown.has(error.status)) throw error;
      this.#takesMany = false;
      return undefined;
    }
  }

  /** By what the vault remembers of it. */
  async #one(archiveId: string, options: CallOptions | undefined): Promise<Result> {
    try {
      const { sessionId, digest, size } = await this.#reader.metadata(archiveId, { ...options, cache: false });
      return { ok: true, archiveId, sessionId, digest, size };
    } catch (error) {
      // What says nothing of this one archive - no connection, a refused key - is not its failure.
      if (!isIntegrationError(error) || error.code !== 'api') throw error;
      return { ok: false, archiveId, error };
    }
  }
}

function failureOf({ status, error }: { readonly status: number; readonly error: string }): ApiError {
  return new ApiError(`Data-Vault: ${error}`, { status, retryable: status >= 500 });
}
