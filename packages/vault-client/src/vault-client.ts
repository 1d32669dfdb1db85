import {
  archiveHistory,
  archiveMetadata,
  archivePage,
  legalHoldRequest,
  pathOf,
  policyApplication,
  policyCreated,
  policyList,
  retentionPolicy,
  vaultEndpoints as endpoints,
  type ArchiveHistory,
  type ArchiveMetadata,
  type ArchivePage,
  type ArchiveReceipt,
  type PolicyCreated,
  type RetentionPolicy,
  type RetentionPolicyInput,
  type SealedFrame,
} from '@llm-memory-graph/contracts';
import { bodyOf, HttpClient, json, nothing, type CallOptions } from '@llm-memory-graph/http';
import { ArchiveReader } from './archive-reader.ts';
import { ArchiveWriter } from './archive-writer.ts';
import type { ReadBackArchive, RetrievedArchive, UnreadArchive, VerifiedArchive } from './archives.ts';
import { VaultAudit } from './audit.ts';
import type { BatchOutcome } from './batch-report.ts';
import { prepare, prepareFields, type ArchiveInput } from './entry.ts';
import { archiveQuery, pageQuery, type ArchiveFilter, type ArchivePageRequest } from './filters.ts';
import {
  httpOptions,
  optionsFromEnv,
  resolveOptions,
  type ResolvedVaultOptions,
  type VaultClientOptions,
} from './options.ts';
import { itemsOf } from './paging.ts';
import { ReadBack } from './read-back.ts';
import { about, VaultRetention } from './retention.ts';
import type { SealedStream } from './sealer.ts';
import { archiveStream, resumeStream, type StreamParts } from './stream/archive-stream.ts';
import { iterated } from './stream/parts.ts';
import { archiveSealedStream, type SealedArchive } from './stream/send-sealed.ts';
import type {
  ArchiveStreamOptions,
  ResumeStreamOptions,
  RetrieveStreamOptions,
  StreamInput,
} from './stream/stream-options.ts';
import { VaultCache } from './vault-cache.ts';
import type { Vault } from './vault.ts';

const healthTimeoutMs = 5_000;

/**
 * Client of the Data-Vault. With a `sealer`, sessions are sealed in this process and the digest of every receipt is
 * compared with the one computed here; without, the vault seals.
 *
 * Every method rejects with an `IntegrationError`, or with the reason of `options.signal` when that aborts. Every
 * method is safe to call again: the vault answers a repeat as the first time.
 *
 * @example
 * const vault = new VaultClient({ baseUrl: 'http://localhost:9000', apiKey });
 * const { archiveId } = await vault.archiveSession({ sessionId: 'session-1', data: { turns: [] }, retentionDays: 365 });
 */
export class VaultClient implements Vault {
  /** Locks, erasure, sweeps. */
  readonly retention: VaultRetention;
  /** The audit chain. */
  readonly audit: VaultAudit;
  readonly #http: HttpClient;
  readonly #options: ResolvedVaultOptions;
  readonly #cache: VaultCache;
  readonly #reader: ArchiveReader;
  readonly #writer: ArchiveWriter;
  readonly #readBack: ReadBack;

  /** @throws {InvalidConfigError} naming the option and what is wrong with it */
  constructor(options: VaultClientOptions) {
    this.#options = resolveOptions(options);
    this.#cache = new VaultCache(options.cache ?? {});
    this.#http = new HttpClient(httpOptions(options));
    this.#reader = new ArchiveReader(this.#http, this.#options.sealer);
    this.#writer = new ArchiveWriter(this.#http, this.#options, this.#reader);
    this.#readBack = new ReadBack(this.#http, this.#reader);
    this.retention = new VaultRetention(this.#http);
    this.audit = new VaultAudit(this.#http);
  }

  /** A client from `VAULT_URL` and `VAULT_API_KEY`; `options` win over the environment. */
  static fromEnv(
    options: Partial<VaultClientOptions> = {},
    env: Readonly<Record<string, string | undefined>> = process.env,
  ): VaultClient {
    const apiKey = options.apiKey;
    return new VaultClient({
      ...optionsFromEnv(apiKey === undefined ? env : { VAULT_API_KEY: 'given', ...env }),
      ...options,
    });
  }

  /** The circuit breaker of the vault. */
  get breaker(): HttpClient['breaker'] {
    return this.#http.breaker;
  }

  /**
   * Archives one session. The same id with the same content again answers as the first time.
   *
   * @throws {IntegrityError} when the vault confirms another digest than the one computed here
   */
  async archiveSession(input: ArchiveInput, options?: CallOptions): Promise<ArchiveReceipt> {
    return this.#writer.one(prepare(input), options);
  }

  /**
   * Archives many sessions, at most `batchSize` and `maxBatchBytes` a request; one that the vault finds too large is
   * halved. One session that fails, or one request that does, takes nothing from the others: the outcome tells of
   * each, in the order given. Rejects only when nothing was archived because no request went through.
   */
  async batchArchive(inputs: readonly ArchiveInput[], options?: CallOptions): Promise<BatchOutcome> {
    return this.#writer.batch(inputs.map(prepare), options);
  }

  /**
   * An archive with its data, checked against its digest where it was sealed here.
   *
   * @throws {IntegrityError} when what came back is not what was archived
   */
  async retrieveSession(archiveId: string, options?: CallOptions): Promise<RetrievedArchive> {
    return this.#reader.retrieve(archiveId, options);
  }

  /**
   * Reads an archive back and checks it: the digest over what the vault holds and, where it was sealed here, that it
   * opens.
   *
   * @throws {IntegrityError} when it does not hold
   */
  async verifyArchive(archiveId: string, options?: CallOptions): Promise<VerifiedArchive> {
    return this.#reader.verify(archiveId, options);
  }

  /**
   * Asks what the vault holds under these ids: it reads the bytes again and answers with their digests, many in one
   * request. One result for each id, in order. From a vault that does not know the request, what it remembers of each.
   *
   * Rejects only when the vault could not be asked: that says nothing about any one archive.
   */
  async readBackArchives(
    archiveIds: readonly string[],
    options?: CallOptions,
  ): Promise<readonly (ReadBackArchive | UnreadArchive)[]> {
    return this.#readBack.of(archiveIds, options);
  }

  /**
   * The sealed bytes of an archive, checked against their digest, with what another vault must know to hold them. No
   * key is needed.
   *
   * @throws {IntegrityError} when they do not have it, or when the vault sealed them: its key does not leave it
   */
  async retrieveSealed(archiveId: string, options?: CallOptions): Promise<SealedFrame> {
    return this.#reader.sealed(archiveId, options);
  }

  /**
   * Archives bytes that were sealed before, such as those of another vault. Splits and reports as `batchArchive`
   * does; a frame that is refused alone rejects.
   */
  async archiveSealed(frames: readonly SealedFrame[], options?: CallOptions): Promise<BatchOutcome> {
    return this.#writer.sealed(frames, options);
  }

  /**
   * Archives content of any size at flat memory: sealed here while it comes, sent in parts, each repeated where the
   * vault lost it. Give JSON text and `retrieveSession` reads it; `retrieveStream` gives back any bytes.
   *
   * With a `spool` the sealed bytes are kept there first, and `onToken` gets what another process needs to go on after
   * a crash. Without, a call that fails leaves nothing behind.
   *
   * @throws {InvalidConfigError} without a sealer that can stream
   * @throws {IntegrityError} when the vault confirms another digest than the one computed here
   *
   * @example
   * const spool = fileSpool({ folder: 'spool' });
   * await vault.archiveStream(createReadStream('big.json'), { sessionId: 's-1' }, { spool, onToken: save });
   */
  async archiveStream(
    source: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
    input: StreamInput,
    options: ArchiveStreamOptions = {},
  ): Promise<ArchiveReceipt> {
    return archiveStream(this.#streaming, iterated(source), prepareFields(input), options);
  }

  /**
   * The sealed bytes of an archive of any size, with what another vault must know to hold them. No key is needed. They
   * are not proven here: `archiveSealedStream` is, by the vault that takes them.
   *
   * @throws {IntegrityError} when the vault sealed them: its key does not leave it
   *
   * @example
   * const { entry, content } = await here.retrieveSealedStream(archiveId);
   * await there.archiveSealedStream(content, entry);
   */
  async retrieveSealedStream(archiveId: string, options: RetrieveStreamOptions = {}): Promise<SealedArchive> {
    return this.#reader.sealedStream(archiveId, options);
  }

  /**
   * Archives sealed bytes of any size at flat memory, such as those of another vault or of `Sealer.sealStream`. The
   * vault takes them only when they have the digest that `sealed` returns at its end.
   *
   * @throws {IntegrityError} when the vault confirms another digest, or holds other bytes under the id
   */
  async archiveSealedStream(
    sealed: SealedStream,
    input: StreamInput,
    options: RetrieveStreamOptions = {},
  ): Promise<ArchiveReceipt> {
    return archiveSealedStream(this.#http, sealed, prepareFields(input), options);
  }

  /**
   * Goes on with what `archiveStream` began, in this or another process, and sends exactly the bytes that were sealed
   * then. An upload that is complete, or that the vault has forgotten, is no error.
   *
   * @param token what `onToken` got
   * @throws {SerializationError} when it is no token
   */
  async resumeArchiveStream(token: string, options: ResumeStreamOptions): Promise<ArchiveReceipt> {
    return resumeStream(this.#streaming, token, options);
  }

  /**
   * The content of an archive at flat memory, read in ranges; one that is cut is read again. Every piece is proven
   * before it is given; only the end proves that nothing is missing, so undo what was done with them if it throws.
   * Archives that the vault sealed come in one piece.
   *
   * @throws {IntegrityError} while iterating, when what came back is not what was archived
   */
  retrieveStream(archiveId: string, options: RetrieveStreamOptions = {}): AsyncGenerator<Uint8Array, void, void> {
    return this.#reader.stream(archiveId, options);
  }

  get #streaming(): StreamParts {
    return {
      http: this.#http,
      sealer: this.#options.sealer,
      held: (archiveId, options) => this.#reader.stream(archiveId, options),
    };
  }

  /** Everything about an archive except its content. */
  async getArchiveMetadata(archiveId: string, options?: CallOptions): Promise<ArchiveMetadata> {
    return this.#reader.metadata(archiveId, this.#cache.forArchives(options));
  }

  /** One page of archives, in the order in which the vault stored them. */
  async listArchives(request: ArchivePageRequest & ArchiveFilter = {}, options?: CallOptions): Promise<ArchivePage> {
    const { method, path } = endpoints.listArchives;
    const query = { ...pageQuery(request), ...archiveQuery(request) };
    return (await this.#http.call({ method, path, query }, json(archivePage), options)).value;
  }

  /** Every archive that fits, page by page as it is read. */
  archives(
    filter: ArchiveFilter & Pick<ArchivePageRequest, 'pageSize'> = {},
    options?: CallOptions,
  ): AsyncGenerator<ArchiveMetadata, void, undefined> {
    return itemsOf(
      (request) => this.listArchives({ ...filter, ...request }, options),
      (page) => page.archives,
      filter.pageSize,
    );
  }

  /** One page of what the vault held at an instant, archives that were deleted since included. */
  async listArchivesAsOf(
    asOf: Date,
    request: ArchivePageRequest & Pick<ArchiveFilter, 'sessionId'> = {},
    options?: CallOptions,
  ): Promise<ArchiveHistory> {
    const { method, path } = endpoints.listArchives;
    const query = { as_of: asOf.toISOString(), ...pageQuery(request), session_id: request.sessionId };
    return (await this.#http.call({ method, path, query }, json(archiveHistory), options)).value;
  }

  /** Everything that the vault held at an instant, page by page as it is read. */
  archivesAsOf(
    asOf: Date,
    filter: Pick<ArchiveFilter, 'sessionId'> & Pick<ArchivePageRequest, 'pageSize'> = {},
    options?: CallOptions,
  ): AsyncGenerator<ArchiveHistory['archives'][number], void, undefined> {
    return itemsOf(
      (request) => this.listArchivesAsOf(asOf, { ...filter, ...request }, options),
      (page) => page.archives,
      filter.pageSize,
    );
  }

  /** Deletes an archive for good. Under a legal hold or a lock the vault refuses with a 409 `ApiError`. */
  async deleteArchive(archiveId: string, options?: CallOptions): Promise<void> {
    const { method } = endpoints.deleteArchive;
    await this.#http.call({ method, path: pathOf(endpoints.deleteArchive, archiveId) }, nothing, options);
  }

  /** Keeps an archive from every deletion. The reason stands in the audit log for good; one that stands is kept. */
  async placeLegalHold(archiveId: string, reason = '', options?: CallOptions): Promise<ArchiveMetadata> {
    const { method } = endpoints.placeLegalHold;
    const request = { method, ...about(archiveId, pathOf(endpoints.placeLegalHold, archiveId)) };
    const body = bodyOf(legalHoldRequest, { reason });
    return (await this.#http.call({ ...request, body }, json(archiveMetadata), options)).value;
  }

  /** Lifts a legal hold; none to lift is no error. */
  async releaseLegalHold(archiveId: string, options?: CallOptions): Promise<void> {
    const { method } = endpoints.releaseLegalHold;
    const request = { method, ...about(archiveId, pathOf(endpoints.releaseLegalHold, archiveId)) };
    await this.#http.call(request, nothing, options);
  }

  /** Creates a policy. The same policy again answers as the first time; other content is a 409 `ApiError`. */
  async createRetentionPolicy(policy: RetentionPolicyInput, options?: CallOptions): Promise<PolicyCreated> {
    const { method, path } = endpoints.createRetentionPolicy;
    const body = bodyOf(retentionPolicy, policy);
    return (await this.#http.call({ method, path, body }, json(policyCreated), options)).value;
  }

  /** All policies. */
  async listRetentionPolicies(options?: CallOptions): Promise<readonly RetentionPolicy[]> {
    const { method, path } = endpoints.listRetentionPolicies;
    return (await this.#http.call({ method, path }, json(policyList), options)).value.policies;
  }

  async getRetentionPolicy(policyId: string, options?: CallOptions): Promise<RetentionPolicy> {
    const { method } = endpoints.getRetentionPolicy;
    const path = pathOf(endpoints.getRetentionPolicy, policyId);
    return (await this.#http.call({ method, path }, json(retentionPolicy), this.#cache.forPolicies(options))).value;
  }

  /** Puts an archive under a policy. */
  async applyRetentionPolicy(archiveId: string, policyId: string, options?: CallOptions): Promise<void> {
    const { method } = endpoints.applyRetentionPolicy;
    const request = { method, ...about(archiveId, pathOf(endpoints.applyRetentionPolicy, archiveId)) };
    await this.#http.call({ ...request, body: bodyOf(policyApplication, { policyId }) }, nothing, options);
  }

  /** Resolves when the service is up. Sends no key, takes at most 5 s an attempt. */
  async healthCheck(options?: CallOptions): Promise<void> {
    const { method, path } = endpoints.healthCheck;
    await this.#http.call({ method, path, authenticated: false }, nothing, { timeoutMs: healthTimeoutMs, ...options });
  }
}
