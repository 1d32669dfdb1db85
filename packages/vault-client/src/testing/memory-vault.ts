import {
  isContractViolation,
  legalHoldRequest,
  retentionPolicy,
  type ArchiveMetadata,
  type ArchivePage,
  type ArchiveReceipt,
  type PolicyCreated,
  type RetentionPolicy,
  type RetentionPolicyInput,
} from '@llm-memory-graph/contracts';
import { ApiError, SerializationError, type CallOptions } from '@llm-memory-graph/http';
import type { ReadBackArchive, RetrievedArchive, UnreadArchive, VerifiedArchive } from '../archives.ts';
import { BatchReport, type BatchOutcome } from '../batch-report.ts';
import { digestOf } from '../digest.ts';
import { prepare, type ArchiveInput, type PreparedEntry } from '../entry.ts';
import type { ArchiveFilter, ArchivePageRequest } from '../filters.ts';
import { itemsOf } from '../paging.ts';
import type { Vault } from '../vault.ts';
import { fits, slice } from './memory-list.ts';

const dayMs = 86_400_000;
const utf8 = new TextDecoder();

interface Held {
  metadata: ArchiveMetadata;
  readonly content: Uint8Array<ArrayBuffer>;
  /** All that makes a repeat the same archive. */
  readonly identity: string;
}

/** Options of {@link memoryVault}. */
export interface MemoryVaultOptions {
  /** Wall clock in ms. @default Date.now */
  readonly now?: () => number;
}

/**
 * A vault in memory, for tests: the same answers and the same errors as `VaultClient` in front of a service.
 *
 * @example
 * const vault = memoryVault();
 * const { archiveId } = await vault.archiveSession({ sessionId: 'session-1', data: { turns: [] } });
 */
export function memoryVault({ now = Date.now }: MemoryVaultOptions = {}): Vault {
  return new InMemory(now);
}

function refusal(status: number, detail: string): ApiError {
  return new ApiError(`Data-Vault answered ${String(status)}: ${detail}`, { status });
}

const isDeleted = (): ApiError => refusal(410, 'the archive with this id was deleted; its id is not used again');

/** What every call does first. */
async function called(options: CallOptions | undefined): Promise<void> {
  await Promise.resolve();
  options?.signal?.throwIfAborted();
}

function checked<T>(parse: () => T): T {
  try {
    return structuredClone(parse());
  } catch (error) {
    if (isContractViolation(error)) throw new SerializationError(error.message, { cause: error });
    throw error;
  }
}

function textOf({ content }: Held): string {
  return utf8.decode(content);
}

class InMemory implements Vault {
  readonly #now: () => number;
  /** `undefined` where an archive was deleted. In the order of storing. */
  readonly #archives = new Map<string, Held | undefined>();
  readonly #policies = new Map<string, RetentionPolicy>();

  constructor(now: () => number) {
    this.#now = now;
  }

  async archiveSession(input: ArchiveInput, options?: CallOptions): Promise<ArchiveReceipt> {
    const entry = prepare(input);
    await called(options);
    return this.#store(entry);
  }

  async batchArchive(inputs: readonly ArchiveInput[], options?: CallOptions): Promise<BatchOutcome> {
    const entries = inputs.map(prepare);
    await called(options);
    const report = new BatchReport(entries);
    for (const entry of entries) {
      try {
        report.archived(entry, await this.#store(entry));
      } catch (error) {
        report.failed(entry, error);
      }
    }
    return report.outcome();
  }

  async #store(entry: PreparedEntry): Promise<ArchiveReceipt> {
    const content = new Uint8Array(entry.content);
    const { session_id: sessionId, retention_days, archived_at, tags, metadata } = entry.fields;
    const identity = JSON.stringify([sessionId, retention_days, tags, metadata, utf8.decode(content)]);
    const digest = await digestOf(content);
    const known = this.#archives.get(entry.id);
    if (known === undefined && this.#archives.has(entry.id)) throw isDeleted();
    if (known && known.identity !== identity) throw refusal(409, 'the vault holds other content under this id');
    const storedAt = new Date(this.#now());
    const retentionDays = retention_days as number;
    const held: Held = known ?? {
      content,
      identity,
      metadata: {
        archiveId: entry.id,
        sessionId: entry.sessionId,
        archivedAt: new Date(archived_at as string),
        storedAt,
        retentionDays,
        expiresAt: new Date(storedAt.getTime() + retentionDays * dayMs),
        policyId: null,
        policyIds: [],
        legalHold: null,
        tags: structuredClone(tags as string[]),
        metadata: structuredClone(metadata as Record<string, unknown>),
        digest,
        size: content.length,
        sealedBy: 'server',
        encrypted: false,
        compressed: false,
      },
    };
    this.#archives.set(entry.id, held);
    const { archiveId, archivedAt } = held.metadata;
    const receipt = { archiveId, sessionId: entry.sessionId, status: 'archived', archivedAt: new Date(archivedAt) };
    return { ...receipt, digest, size: content.length, duplicate: known !== undefined };
  }

  async retrieveSession(archiveId: string, options?: CallOptions): Promise<RetrievedArchive> {
    await called(options);
    const held = this.#held(archiveId);
    const { sessionId, archivedAt, retentionDays, tags, metadata } = structuredClone(held.metadata);
    const dataJson = textOf(held);
    const fields = { id: archiveId, sessionId, archivedAt, retentionDays, tags, metadata };
    return { ...fields, data: JSON.parse(dataJson) as unknown, dataJson };
  }

  async verifyArchive(archiveId: string, options?: CallOptions): Promise<VerifiedArchive> {
    await called(options);
    const { metadata, content } = this.#held(archiveId);
    const { sessionId, digest, size } = metadata;
    return { archiveId, sessionId, digest, size, content: new Uint8Array(content) };
  }

  async readBackArchives(
    archiveIds: readonly string[],
    options?: CallOptions,
  ): Promise<readonly (ReadBackArchive | UnreadArchive)[]> {
    await called(options);
    return archiveIds.map((archiveId) => {
      try {
        const { sessionId, digest, size } = this.#held(archiveId).metadata;
        return { ok: true, archiveId, sessionId, digest, size };
      } catch (error) {
        return { ok: false, archiveId, error: error as ApiError };
      }
    });
  }

  async getArchiveMetadata(archiveId: string, options?: CallOptions): Promise<ArchiveMetadata> {
    await called(options);
    return structuredClone(this.#held(archiveId).metadata);
  }

  async listArchives(request: ArchivePageRequest & ArchiveFilter = {}, options?: CallOptions): Promise<ArchivePage> {
    await called(options);
    const levelsOf = ({ policyIds = [] }: ArchiveMetadata) =>
      policyIds.map((id) => this.#policies.get(id)?.complianceLevel);
    const all = [...this.#archives.values()].flatMap((held) => (held ? [held.metadata] : []));
    const fitting = all.filter((metadata) => fits(metadata, request, levelsOf(metadata)));
    const { items, nextCursor } = slice(fitting, request);
    return { archives: structuredClone(items), nextCursor };
  }

  archives(
    filter: ArchiveFilter & Pick<ArchivePageRequest, 'pageSize'> = {},
    options?: CallOptions,
  ): AsyncGenerator<ArchiveMetadata, void, undefined> {
    const fetchPage = (request: ArchivePageRequest) => this.listArchives({ ...filter, ...request }, options);
    return itemsOf(fetchPage, (page) => page.archives, filter.pageSize);
  }

  async deleteArchive(archiveId: string, options?: CallOptions): Promise<void> {
    await called(options);
    if (this.#archives.has(archiveId) && !this.#archives.get(archiveId)) return;
    if (this.#held(archiveId).metadata.legalHold) throw refusal(409, 'the archive is under a legal hold');
    this.#archives.set(archiveId, undefined);
  }

  async placeLegalHold(archiveId: string, reason = '', options?: CallOptions): Promise<ArchiveMetadata> {
    checked(() => legalHoldRequest.parse({ reason }));
    await called(options);
    const held = this.#held(archiveId);
    const legalHold = held.metadata.legalHold ?? { reason, since: new Date(this.#now()) };
    held.metadata = { ...held.metadata, legalHold };
    return structuredClone(held.metadata);
  }

  async releaseLegalHold(archiveId: string, options?: CallOptions): Promise<void> {
    await called(options);
    const held = this.#held(archiveId);
    held.metadata = { ...held.metadata, legalHold: null };
  }

  async createRetentionPolicy(input: RetentionPolicyInput, options?: CallOptions): Promise<PolicyCreated> {
    const policy = checked(() => retentionPolicy.parse(input));
    await called(options);
    const { policyId } = policy;
    const held = this.#policies.get(policyId);
    const rules = ({ createdAt: _, ...rest }: RetentionPolicy): string => JSON.stringify(rest);
    if (held && rules(held) !== rules(policy)) throw refusal(409, 'there is another policy with this id');
    this.#policies.set(policyId, held ?? policy);
    return { policyId };
  }

  async listRetentionPolicies(options?: CallOptions): Promise<readonly RetentionPolicy[]> {
    await called(options);
    const byId = [...this.#policies.values()].sort((a, b) => (a.policyId < b.policyId ? -1 : 1));
    return structuredClone(byId);
  }

  async getRetentionPolicy(policyId: string, options?: CallOptions): Promise<RetentionPolicy> {
    await called(options);
    const policy = this.#policies.get(policyId);
    if (!policy) throw refusal(404, 'there is no policy with this id');
    return structuredClone(policy);
  }

  async applyRetentionPolicy(archiveId: string, policyId: string, options?: CallOptions): Promise<void> {
    const policy = await this.getRetentionPolicy(policyId, options);
    const held = this.#held(archiveId);
    const retentionDays = Math.max(held.metadata.retentionDays, policy.retentionDays);
    const expiresAt = new Date(held.metadata.storedAt.getTime() + retentionDays * dayMs);
    const policyIds = [...new Set([...(held.metadata.policyIds ?? []), policyId])];
    const days = (id: string): number => this.#policies.get(id)?.retentionDays ?? 0;
    const decides = policyIds.reduce((best, one) => (days(one) > days(best) ? one : best));
    held.metadata = { ...held.metadata, policyId: decides, policyIds, retentionDays, expiresAt };
  }

  async healthCheck(options?: CallOptions): Promise<void> {
    await called(options);
  }

  #held(archiveId: string): Held {
    const held = this.#archives.get(archiveId);
    if (held) return held;
    throw this.#archives.has(archiveId) ? isDeleted() : refusal(404, 'the vault holds no archive with this id');
  }
}
