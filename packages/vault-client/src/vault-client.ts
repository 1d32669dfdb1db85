import {
  archiveEntry,
  archiveMetadata,
  archiveReceipt,
  batchResult,
  encodeSealedFrames,
  pathOf,
  policyApplication,
  policyCreated,
  rawMembers,
  retentionPolicy,
  sealedFramesMediaType,
  vaultEndpoints as endpoints,
  type ArchiveMetadata,
  type ArchiveReceipt,
  type PolicyCreated,
  type RetentionPolicy,
  type RetentionPolicyInput,
  type SealedFrame,
} from '@llm-memory-graph/contracts';
import {
  bodyOf,
  HttpClient,
  isIntegrationError,
  json,
  nothing,
  textOf,
  type CallOptions,
} from '@llm-memory-graph/http';
import type { RetrievedArchive, VerifiedArchive } from './archives.ts';
import { BatchReport, type BatchOutcome } from './batch-report.ts';
import { batchesOf } from './batches.ts';
import { digestOf } from './digest.ts';
import { entryJson, prepare, prepareFields, sealEntry, type ArchiveInput, type PreparedEntry } from './entry.ts';
import { IntegrityError } from './integrity-error.ts';
import {
  httpOptions,
  optionsFromEnv,
  resolveOptions,
  type ResolvedVaultOptions,
  type VaultClientOptions,
} from './options.ts';

import { archiveStream, openStreamOf, resumeStream, type StreamParts } from './stream/archive-stream.ts';
import { iterated } from './stream/parts.ts';
import { sealedRanges } from './stream/sealed-range.ts';
import type {
  ArchiveStreamOptions,
  ResumeStreamOptions,
  RetrieveStreamOptions,
  StreamInput,
} from './stream/stream-options.ts';
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
  readonly #http: HttpClient;
  readonly #options: ResolvedVaultOptions;

  /** @throws {InvalidConfigError} naming the option and what is wrong with it */
  constructor(options: VaultClientOptions) {
    this.#options = resolveOptions(options);
    this.#http = new HttpClient(httpOptions(options));
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
    const { method, path } = endpoints.archiveSession;
    const entry = prepare(input);
    const { sealer, flags } = this.#options;
    if (!sealer) {
      const request = { method, path, body: entryJson(entry), headers: flags };
      return (await this.#http.call(request, json(archiveReceipt), options)).value;
    }
    const frame = await sealEntry(entry, sealer);
    const request = { method, path, body: encodeSealedFrames([frame]), contentType: sealedFramesMediaType };
    const { value } = await this.#http.call(request, json(archiveReceipt), options);
    return this.#confirm(entry, frame, value, options);
  }

  /**
   * Archives many sessions, at most `batchSize` and `maxBatchBytes` a request. One session that fails, or one request
   * that does, takes nothing from the others: the outcome tells of each, in the order given. Rejects only when nothing
   * was archived because no request went through.
   */
  async batchArchive(inputs: readonly ArchiveInput[], options?: CallOptions): Promise<BatchOutcome> {
    const entries = inputs.map(prepare);
    const report = new BatchReport(entries);
    const { batchSize, maxBatchBytes } = this.#options;
    for (const batch of batchesOf(entries, (entry) => entry.content.length, batchSize, maxBatchBytes)) {
      try {
        await this.#archiveBatch(batch, report, options);
      } catch (error) {
        report.requestFailed(batch, error);
      }
    }
    return report.outcome();
  }

  async #archiveBatch(
    batch: readonly PreparedEntry[],
    report: BatchReport,
    options: CallOptions | undefined,
  ): Promise<void> {
    const { method, path } = endpoints.batchArchive;
    const { sealer, flags } = this.#options;
    if (!sealer) {
      const request = { method, path, body: `[${batch.map(entryJson).join(',')}]`, headers: flags };
      report.answered(batch, (await this.#http.call(request, json(batchResult), options)).value);
      return;
    }
    const frames = await Promise.all(batch.map((entry) => sealEntry(entry, sealer)));
    const request = { method, path, body: encodeSealedFrames(frames), contentType: sealedFramesMediaType };
    const { value } = await this.#http.call(request, json(batchResult), options);
    const receipts = new Map(value.receipts?.map((receipt) => [receipt.archiveId, receipt]));
    const archived = new Set(value.archived);
    for (const [i, entry] of batch.entries()) {
      if (!archived.has(entry.id)) continue;
      const receipt = receipts.get(entry.id);
      try {
        if (!receipt) throw new IntegrityError(entry.id, 'the vault gave no receipt');
        report.archived(entry, await this.#confirm(entry, frames[i] as SealedFrame, receipt, options));
      } catch (error) {
        report.failed(entry, error);
      }
    }
    report.answered(
      batch.filter((entry) => !archived.has(entry.id)),
      value,
    );
  }

  /** A session counts as archived only when the vault confirms the digest computed here, or holds the same content. */
  async #confirm(
    entry: PreparedEntry,
    frame: SealedFrame,
    receipt: ArchiveReceipt,
    options: CallOptions | undefined,
  ): Promise<ArchiveReceipt> {
    if (receipt.archiveId !== entry.id || receipt.sessionId !== entry.sessionId)
      throw new IntegrityError(entry.id, 'the receipt is for another archive');
    if (receipt.digest === frame.entry.digest) return receipt;
    if (!receipt.duplicate)
      throw new IntegrityError(entry.id, 'the vault confirmed another digest than that of the bytes sent');
    // Sealed again after a crash, the same content has other bytes; what the vault holds must open to the same.
    const held = await this.verifyArchive(entry.id, options);
    if (held.digest !== receipt.digest || !equal(held.content, entry.content))
      throw new IntegrityError(entry.id, 'the vault holds other content under this id');
    return receipt;
  }

  /**
   * An archive with its data, checked against its digest where it was sealed here.
   *
   * @throws {IntegrityError} when what came back is not what was archived
   */
  async retrieveSession(archiveId: string, options?: CallOptions): Promise<RetrievedArchive> {
    if (!this.#options.sealer) return this.#retrieveOpen(archiveId, options);
    const metadata = await this.getArchiveMetadata(archiveId, options);
    if (metadata.sealedBy === 'server') return this.#retrieveOpen(archiveId, options);
    const content = await this.#openContent(metadata, options);
    const dataJson = new TextDecoder('utf-8', { fatal: true }).decode(content);
    const { sessionId, archivedAt, retentionDays, tags } = metadata;
    const fields = { id: archiveId, sessionId, archivedAt, retentionDays, tags, metadata: metadata.metadata };
    return { ...fields, data: JSON.parse(dataJson) as unknown, dataJson };
  }

  async #retrieveOpen(archiveId: string, options: CallOptions | undefined): Promise<RetrievedArchive> {
    const { method } = endpoints.retrieveSession;
    const path = pathOf(endpoints.retrieveSession, archiveId);
    const decode = json(archiveEntry);
    const { value, answer } = await this.#http.call({ method, path }, decode, { ...options, cache: false });
    return { ...value, dataJson: rawMembers(textOf(answer)).get('data') ?? 'null' };
  }

  /**
   * Reads an archive back and checks it: the digest over what the vault holds and, where it was sealed here, that it
   * opens.
   *
   * @throws {IntegrityError} when it does not hold
   */
  async verifyArchive(archiveId: string, options?: CallOptions): Promise<VerifiedArchive> {
    const metadata = await this.getArchiveMetadata(archiveId, { ...options, cache: false });
    const { sessionId, digest, size } = metadata;
    if (metadata.sealedBy === 'client' && this.#options.sealer)
      return { archiveId, sessionId, digest, size, content: await this.#openContent(metadata, options) };
    await this.#content(metadata, options);
    const { dataJson } = await this.#retrieveOpen(archiveId, options);
    return { archiveId, sessionId, digest, size, content: new TextEncoder().encode(dataJson) };
  }

  /** The sealed bytes, checked against the digest of the metadata. */
  async #content(metadata: ArchiveMetadata, options: CallOptions | undefined): Promise<Uint8Array> {
    const { method } = endpoints.getArchiveContent;
    const path = pathOf(endpoints.getArchiveContent, metadata.archiveId);
    const request = { method, path, accept: 'application/octet-stream, application/problem+json' };
    const { value } = await this.#http.call(request, (answer) => answer.body, { ...options, cache: false });
    if ((await digestOf(value)) !== metadata.digest)
      throw new IntegrityError(metadata.archiveId, 'the bytes that came back do not have its digest');
    return value;
  }

  async #openContent(metadata: ArchiveMetadata, options: CallOptions | undefined): Promise<Uint8Array> {
    const { archiveId, sessionId } = metadata;
    const sealed = await this.#content(metadata, options);
    try {
      return await (this.#options.sealer as NonNullable<ResolvedVaultOptions['sealer']>).open(sealed, {
        archiveId,
        sessionId,
      });
    } catch (cause) {
      throw unopened(archiveId, cause);
    }
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
  async *retrieveStream(
    archiveId: string,
    options: RetrieveStreamOptions = {},
  ): AsyncGenerator<Uint8Array, void, void> {
    const { onProgress: _, partBytes: _bytes, ...call } = options;
    const metadata = await this.getArchiveMetadata(archiveId, { ...call, cache: false });
    if (metadata.sealedBy === 'server') {
      yield new TextEncoder().encode((await this.#retrieveOpen(archiveId, call)).dataJson);
      return;
    }
    const { sessionId, digest } = metadata;
    const openStream = openStreamOf(this.#options.sealer);
    try {
      yield* openStream(sealedRanges(this.#http, metadata, options), { archiveId, sessionId }, digest);
    } catch (error) {
      // What the vault or the caller's signal said passes as it is.
      if (isIntegrationError(error) || options.signal?.aborted) throw error;
      throw unopened(archiveId, error);
    }
  }

  get #streaming(): StreamParts {
    return {
      http: this.#http,
      sealer: this.#options.sealer,
      held: (archiveId, options) => this.retrieveStream(archiveId, options),
    };
  }

  /** Everything about an archive except its content. */
  async getArchiveMetadata(archiveId: string, options?: CallOptions): Promise<ArchiveMetadata> {
    const { method } = endpoints.getArchiveMetadata;
    const path = pathOf(endpoints.getArchiveMetadata, archiveId);
    return (await this.#http.call({ method, path }, json(archiveMetadata), options)).value;
  }

  /** Deletes an archive for good. Under a legal hold or a lock the vault refuses with a 409 `ApiError`. */
  async deleteArchive(archiveId: string, options?: CallOptions): Promise<void> {
    const { method } = endpoints.deleteArchive;
    await this.#http.call({ method, path: pathOf(endpoints.deleteArchive, archiveId) }, nothing, options);
  }

  /** Creates a policy. The same policy again answers as the first time; other content is a 409 `ApiError`. */
  async createRetentionPolicy(policy: RetentionPolicyInput, options?: CallOptions): Promise<PolicyCreated> {
    const { method, path } = endpoints.createRetentionPolicy;
    const body = bodyOf(retentionPolicy, policy);
    return (await this.#http.call({ method, path, body }, json(policyCreated), options)).value;
  }

  async getRetentionPolicy(policyId: string, options?: CallOptions): Promise<RetentionPolicy> {
    const { method } = endpoints.getRetentionPolicy;
    const path = pathOf(endpoints.getRetentionPolicy, policyId);
    return (await this.#http.call({ method, path }, json(retentionPolicy), options)).value;
  }

  /** Puts an archive under a policy. */
  async applyRetentionPolicy(archiveId: string, policyId: string, options?: CallOptions): Promise<void> {
    const { method } = endpoints.applyRetentionPolicy;
    const path = pathOf(endpoints.applyRetentionPolicy, archiveId);
    try {
      await this.#http.call({ method, path, body: bodyOf(policyApplication, { policyId }) }, nothing, options);
    } finally {
      // Retention and policy stand in the metadata, beside this path.
      this.#http.cache?.invalidate(pathOf(endpoints.retrieveSession, archiveId));
    }
  }

  /** Resolves when the service is up. Sends no key, takes at most 5 s an attempt. */
  async healthCheck(options?: CallOptions): Promise<void> {
    const { method, path } = endpoints.healthCheck;
    await this.#http.call({ method, path, authenticated: false }, nothing, { timeoutMs: healthTimeoutMs, ...options });
  }
}

function unopened(archiveId: string, cause: unknown): IntegrityError {
  const code = (cause as { code?: unknown } | null)?.code;
  return new IntegrityError(archiveId, `cannot be opened${typeof code === 'string' ? ` (${code})` : ''}`, { cause });
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
