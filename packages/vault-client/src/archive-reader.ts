import {
  archiveEntry,
  archiveMetadata,
  pathOf,
  rawMembers,
  sealedEntry,
  vaultEndpoints as endpoints,
  type ArchiveMetadata,
  type SealedFrame,
} from '@llm-memory-graph/contracts';
import { isIntegrationError, json, textOf, type CallOptions, type HttpClient } from '@llm-memory-graph/http';
import type { RetrievedArchive, VerifiedArchive } from './archives.ts';
import { digestOf } from './digest.ts';
import { IntegrityError } from './integrity-error.ts';
import type { SealedStream, Sealer } from './sealer.ts';
import { openStreamOf } from './stream/archive-stream.ts';
import { sealedRanges } from './stream/sealed-range.ts';
import type { SealedArchive } from './stream/send-sealed.ts';
import { callOptions, type RetrieveStreamOptions } from './stream/stream-options.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads archives back and checks them: digest, then whether they open. */
export class ArchiveReader {
  readonly #http: HttpClient;
  readonly #sealer: Sealer | undefined;

  constructor(http: HttpClient, sealer: Sealer | undefined) {
    this.#http = http;
    this.#sealer = sealer;
  }

  async metadata(archiveId: string, options: CallOptions | undefined): Promise<ArchiveMetadata> {
    const { method } = endpoints.getArchiveMetadata;
    const path = pathOf(endpoints.getArchiveMetadata, archiveId);
    return (await this.#http.call({ method, path }, json(archiveMetadata), options)).value;
  }

  async retrieve(archiveId: string, options: CallOptions | undefined): Promise<RetrievedArchive> {
    const sealer = this.#sealer;
    if (!sealer) return this.#served(archiveId, options);
    // Digest and binding are checked against it, so it is not taken from a cache.
    const metadata = await this.metadata(archiveId, uncached(options));
    if (metadata.sealedBy === 'server') return this.#served(archiveId, options);
    const content = await this.#opened(metadata, sealer, options);
    const dataJson = strictUtf8.decode(content);
    const { sessionId, archivedAt, retentionDays, tags } = metadata;
    const fields = { id: archiveId, sessionId, archivedAt, retentionDays, tags, metadata: metadata.metadata };
    return { ...fields, data: JSON.parse(dataJson) as unknown, dataJson };
  }

  async verify(archiveId: string, options: CallOptions | undefined): Promise<VerifiedArchive> {
    const metadata = await this.metadata(archiveId, uncached(options));
    const { sessionId, digest, size } = metadata;
    const known = { archiveId, sessionId, digest, size };
    if (metadata.sealedBy === 'client' && this.#sealer)
      return { ...known, content: await this.#opened(metadata, this.#sealer, options) };
    await this.#sealedBytes(metadata, options);
    const { dataJson } = await this.#served(archiveId, options);
    return { ...known, content: new TextEncoder().encode(dataJson) };
  }

  /** The sealed bytes, checked against their digest, with all that a vault must know of them. */
  async sealed(archiveId: string, options: CallOptions | undefined): Promise<SealedFrame> {
    const metadata = await this.metadata(archiveId, uncached(options));
    if (metadata.sealedBy === 'server')
      throw new IntegrityError(archiveId, 'it was sealed by the vault, whose key does not leave it');
    const content = await this.#sealedBytes(metadata, options);
    const { sessionId, archivedAt, retentionDays, tags, digest } = metadata;
    const fields = { id: archiveId, sessionId, archivedAt, retentionDays, tags, digest };
    return { entry: sealedEntry.parse({ ...fields, metadata: metadata.metadata }), content };
  }

  /** The sealed bytes as they are, range by range, with all that a vault must know of them; not proven. */
  async sealedStream(archiveId: string, options: RetrieveStreamOptions): Promise<SealedArchive> {
    const held = await this.metadata(archiveId, callOptions(options));
    if (held.sealedBy === 'server')
      throw new IntegrityError(archiveId, 'it was sealed by the vault, whose key does not leave it');
    const { sessionId, archivedAt, retentionDays, tags, metadata, digest, size } = held;
    const http = this.#http;
    const content = async function* (): SealedStream {
      yield* sealedRanges(http, held, options);
      return { digest, size };
    };
    return {
      entry: { id: archiveId, sessionId, archivedAt, retentionDays, tags, metadata },
      digest,
      content: content(),
    };
  }

  async *stream(archiveId: string, options: RetrieveStreamOptions): AsyncGenerator<Uint8Array, void, void> {
    const call = callOptions(options);
    const metadata = await this.metadata(archiveId, call);
    if (metadata.sealedBy === 'server') {
      yield new TextEncoder().encode((await this.#served(archiveId, call)).dataJson);
      return;
    }
    const { sessionId, digest } = metadata;
    const openStream = openStreamOf(this.#sealer);
    try {
      yield* openStream(sealedRanges(this.#http, metadata, options), { archiveId, sessionId }, digest);
    } catch (error) {
      // What the vault or the caller's signal said passes as it is.
      if (isIntegrationError(error) || options.signal?.aborted) throw error;
      throw unopened(archiveId, error);
    }
  }

  /** As the vault gives it: opened where the vault sealed it. */
  async #served(archiveId: string, options: CallOptions | undefined): Promise<RetrievedArchive> {
    const { method } = endpoints.retrieveSession;
    const path = pathOf(endpoints.retrieveSession, archiveId);
    const { value, answer } = await this.#http.call({ method, path }, json(archiveEntry), uncached(options));
    return { ...value, dataJson: rawMembers(textOf(answer)).get('data') ?? 'null' };
  }

  async #sealedBytes(metadata: ArchiveMetadata, options: CallOptions | undefined): Promise<Uint8Array> {
    const { archiveId } = metadata;
    const { method } = endpoints.getArchiveContent;
    const path = pathOf(endpoints.getArchiveContent, archiveId);
    const request = { method, path, accept: 'application/octet-stream, application/problem+json' };
    const { value } = await this.#http.call(request, (answer) => answer.body, uncached(options));
    if ((await digestOf(value)) === metadata.digest) return value;
    throw new IntegrityError(archiveId, 'the bytes that came back do not have its digest');
  }

  async #opened(metadata: ArchiveMetadata, sealer: Sealer, options: CallOptions | undefined): Promise<Uint8Array> {
    const { archiveId, sessionId } = metadata;
    const sealed = await this.#sealedBytes(metadata, options);
    try {
      return await sealer.open(sealed, { archiveId, sessionId });
    } catch (cause) {
      throw unopened(archiveId, cause);
    }
  }
}

function uncached(options: CallOptions | undefined): CallOptions {
  return { ...options, cache: false };
}

function unopened(archiveId: string, cause: unknown): IntegrityError {
  const code = (cause as { code?: unknown } | null)?.code;
  return new IntegrityError(archiveId, `cannot be opened${typeof code === 'string' ? ` (${code})` : ''}`, { cause });
}
