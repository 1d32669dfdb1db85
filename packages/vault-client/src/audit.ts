import {
  auditCheckpoint,
  auditConsistency,
  auditPage,
  auditProof,
  vaultEndpoints as endpoints,
  type AuditPage,
} from '@llm-memory-graph/contracts';
import { json, type CallOptions, type HttpClient } from '@llm-memory-graph/http';
import { pageQuery, type ArchivePageRequest } from './filters.ts';
import { itemsOf } from './paging.ts';

type Decoded<C extends { decode(json: unknown): unknown }> = ReturnType<C['decode']>;

/** One link of the vault's audit chain. */
export type AuditEntry = AuditPage['entries'][number];
/** The state of the chain, signed. */
export type AuditCheckpoint = Decoded<typeof auditCheckpoint>;
/** That an entry is in the chain of a checkpoint. */
export type AuditProof = Decoded<typeof auditProof>;
/** That the chain only grew up to a checkpoint. */
export type AuditConsistency = Decoded<typeof auditConsistency>;

/** The vault's audit chain, to be read and proven. Needs a key with the scope `admin`. */
export class VaultAudit {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  /** One page of the chain from its beginning, and its head. */
  async page(request: ArchivePageRequest = {}, options?: CallOptions): Promise<AuditPage> {
    const { method, path } = endpoints.readAudit;
    return (await this.#http.call({ method, path, query: pageQuery(request) }, json(auditPage), uncached(options)))
      .value;
  }

  /** The whole chain, page by page as it is read. */
  entries(options?: CallOptions): AsyncGenerator<AuditEntry, void, undefined> {
    return itemsOf(
      (request) => this.page(request, options),
      (page) => page.entries,
    );
  }

  /** The signed head; keep it elsewhere. A vault without a signing key answers with a 404 `ApiError`. */
  async checkpoint(options?: CallOptions): Promise<AuditCheckpoint> {
    const { method, path } = endpoints.auditCheckpoint;
    return (await this.#http.call({ method, path }, json(auditCheckpoint), uncached(options))).value;
  }

  /** The proof that entry `sequence` is in the chain. */
  async proof(sequence: number, options?: CallOptions): Promise<AuditProof> {
    const { method, path } = endpoints.auditProof;
    return (await this.#http.call({ method, path, query: { sequence } }, json(auditProof), uncached(options))).value;
  }

  /** The proof that the chain only grew since it had `from` entries. */
  async consistency(from: number, options?: CallOptions): Promise<AuditConsistency> {
    const { method, path } = endpoints.auditConsistency;
    return (await this.#http.call({ method, path, query: { from } }, json(auditConsistency), uncached(options))).value;
  }
}

// What proves something is asked for each time.
function uncached(options: CallOptions | undefined): CallOptions {
  return { ...options, cache: false };
}
