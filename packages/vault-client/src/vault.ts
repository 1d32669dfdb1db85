import type {
  ArchiveMetadata,
  ArchiveReceipt,
  PolicyCreated,
  RetentionPolicy,
  RetentionPolicyInput,
} from '@llm-memory-graph/contracts';
import type { CallOptions } from '@llm-memory-graph/http';
import type { RetrievedArchive, VerifiedArchive } from './archives.ts';
import type { BatchOutcome } from './batch-report.ts';
import type { ArchiveInput } from './entry.ts';

/** What every kind of vault can do: the client over HTTP, the fake of `./testing`, several regions as one. */
export interface Vault {
  archiveSession(input: ArchiveInput, options?: CallOptions): Promise<ArchiveReceipt>;
  batchArchive(inputs: readonly ArchiveInput[], options?: CallOptions): Promise<BatchOutcome>;
  retrieveSession(archiveId: string, options?: CallOptions): Promise<RetrievedArchive>;
  verifyArchive(archiveId: string, options?: CallOptions): Promise<VerifiedArchive>;
  getArchiveMetadata(archiveId: string, options?: CallOptions): Promise<ArchiveMetadata>;
  deleteArchive(archiveId: string, options?: CallOptions): Promise<void>;
  createRetentionPolicy(policy: RetentionPolicyInput, options?: CallOptions): Promise<PolicyCreated>;
  getRetentionPolicy(policyId: string, options?: CallOptions): Promise<RetentionPolicy>;
  applyRetentionPolicy(archiveId: string, policyId: string, options?: CallOptions): Promise<void>;
  healthCheck(options?: CallOptions): Promise<void>;
}
