import type {
  ArchiveMetadata,
  ArchivePage,
  ArchiveReceipt,
  PolicyCreated,
  RetentionPolicy,
  RetentionPolicyInput,
} from '@llm-memory-graph/contracts';
import type { CallOptions } from '@llm-memory-graph/http';
import type { ReadBackArchive, RetrievedArchive, UnreadArchive, VerifiedArchive } from './archives.ts';
import type { BatchOutcome } from './batch-report.ts';
import type { ArchiveInput } from './entry.ts';
import type { ArchiveFilter, ArchivePageRequest } from './filters.ts';

/**
 * What every kind of vault can do: `VaultClient` over HTTP, `MultiRegionVault` over several, `memoryVault` of
 * `./testing`. All pass `vaultContract` of `./testing`.
 */
export interface Vault {
  archiveSession(input: ArchiveInput, options?: CallOptions): Promise<ArchiveReceipt>;
  batchArchive(inputs: readonly ArchiveInput[], options?: CallOptions): Promise<BatchOutcome>;
  retrieveSession(archiveId: string, options?: CallOptions): Promise<RetrievedArchive>;
  verifyArchive(archiveId: string, options?: CallOptions): Promise<VerifiedArchive>;
  readBackArchives(
    archiveIds: readonly string[],
    options?: CallOptions,
  ): Promise<readonly (ReadBackArchive | UnreadArchive)[]>;
  getArchiveMetadata(archiveId: string, options?: CallOptions): Promise<ArchiveMetadata>;
  listArchives(request?: ArchivePageRequest & ArchiveFilter, options?: CallOptions): Promise<ArchivePage>;
  archives(
    filter?: ArchiveFilter & Pick<ArchivePageRequest, 'pageSize'>,
    options?: CallOptions,
  ): AsyncGenerator<ArchiveMetadata, void, undefined>;
  deleteArchive(archiveId: string, options?: CallOptions): Promise<void>;
  placeLegalHold(archiveId: string, reason?: string, options?: CallOptions): Promise<ArchiveMetadata>;
  releaseLegalHold(archiveId: string, options?: CallOptions): Promise<void>;
  createRetentionPolicy(policy: RetentionPolicyInput, options?: CallOptions): Promise<PolicyCreated>;
  listRetentionPolicies(options?: CallOptions): Promise<readonly RetentionPolicy[]>;
  getRetentionPolicy(policyId: string, options?: CallOptions): Promise<RetentionPolicy>;
  applyRetentionPolicy(archiveId: string, policyId: string, options?: CallOptions): Promise<void>;
  healthCheck(options?: CallOptions): Promise<void>;
}
