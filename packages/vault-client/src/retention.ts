import {
  archiveMetadata,
  erasureReceipt,
  erasureRequest,
  pathOf,
  retentionLock,
  rewrapReport,
  rewrapRequest,
  sweepReport,
  sweepRequest,
  vaultEndpoints as endpoints,
  type ArchiveMetadata,
  type ErasureReceipt,
  type ErasureRequestInput,
  type RetentionLock,
  type RewrapReport,
  type RewrapRequestInput,
  type SweepReport,
  type SweepRequestInput,
} from '@llm-memory-graph/contracts';
import { bodyOf, json, nothing, type CallOptions, type HttpClient } from '@llm-memory-graph/http';

// An order that concerns many archives makes all that is known of any of them old.
const allArchives = [endpoints.listArchives.path];

/** Locks, erasure, sweeps and the turning of keys. Needs a key with the rights for that. */
export class VaultRetention {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  /** Locks an archive, or extends its lock; a lock is never shortened (409 `ApiError`). */
  async lock(archiveId: string, lock: RetentionLock, options?: CallOptions): Promise<ArchiveMetadata> {
    const { method } = endpoints.lockArchive;
    const request = { method, ...about(archiveId, pathOf(endpoints.lockArchive, archiveId)) };
    const body = bodyOf(retentionLock, lock);
    return (await this.#http.call({ ...request, body }, json(archiveMetadata), options)).value;
  }

  /** Lifts a `governance` lock; the key needs the right to. Nobody lifts a `compliance` lock (409 `ApiError`). */
  async unlock(archiveId: string, options?: CallOptions): Promise<void> {
    const { method } = endpoints.unlockArchive;
    const request = { method, ...about(archiveId, pathOf(endpoints.unlockArchive, archiveId)) };
    await this.#http.call({ ...request, headers: { 'x-bypass-governance': 'true' } }, nothing, options);
  }

  /**
   * Destroys the keys of archives, by their ids, their session or a member of their metadata. What is held or locked
   * stays and is told.
   */
  async erase(request: ErasureRequestInput, options?: CallOptions): Promise<ErasureReceipt> {
    const { method, path } = endpoints.eraseArchives;
    const call = { method, path, body: bodyOf(erasureRequest, request), invalidates: allArchives };
    return (await this.#http.call(call, json(erasureReceipt), options)).value;
  }

  /** Deletes expired archives whose policies say so. Only tells what it would delete unless `dryRun` is false. */
  async sweep(request: SweepRequestInput = {}, options?: CallOptions): Promise<SweepReport> {
    const { method, path } = endpoints.retentionSweep;
    const call = { method, path, body: bodyOf(sweepRequest, request), invalidates: allArchives };
    return (await this.#http.call(call, json(sweepReport), options)).value;
  }

  /** Wraps the data keys of what the vault sealed with its present keys, a page at a time. */
  async rewrapKeys(request: RewrapRequestInput = {}, options?: CallOptions): Promise<RewrapReport> {
    const { method, path } = endpoints.rewrapKeys;
    const call = { method, path, body: bodyOf(rewrapRequest, request), invalidates: allArchives };
    return (await this.#http.call(call, json(rewrapReport), options)).value;
  }
}

/** A write below an archive changes its metadata, which stand beside. */
export function about(archiveId: string, path: string): { path: string; invalidates: readonly string[] } {
  return { path, invalidates: [pathOf(endpoints.retrieveSession, archiveId)] };
}
