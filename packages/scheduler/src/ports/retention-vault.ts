import type {
  ArchiveMetadata,
  AuditPage,
  ErasureReceipt,
  ErasureRequestInput,
  RetentionPolicy,
  RetentionPolicyInput,
  SweepReport,
  SweepRequestInput,
} from '@llm-memory-graph/contracts';
import type { Awaitable, Cancellable } from './call.ts';

/** Which archives are listed; all conditions must hold. */
export interface ArchiveConditions {
  readonly sessionId?: string | undefined;
  readonly metadata?: { readonly key: string; readonly value: string } | undefined;
  /** Exclusive. */
  readonly expiresBefore?: Date | undefined;
  /** Inclusive. */
  readonly archivedAfter?: Date | undefined;
  readonly pageSize?: number | undefined;
}

/** Lists what a vault holds, page by page as it is read. A `VaultClient` fits as it is. */
export interface ArchiveLister {
  archives(conditions: ArchiveConditions, options: Cancellable): AsyncIterable<ArchiveMetadata>;
}

/** Reads a vault's audit chain from its beginning, page by page. `audit` of a `VaultClient` fits as it is. */
export interface AuditReader {
  page(
    request: { readonly pageSize?: number | undefined; readonly cursor?: string | undefined },
    options: Cancellable,
  ): Awaitable<Pick<AuditPage, 'entries' | 'nextCursor'>>;
}

/** The retention side of a vault. A `VaultClient` whose key has the rights for it fits as it is. */
export interface RetentionVault extends ArchiveLister {
  listRetentionPolicies(options: Cancellable): Awaitable<readonly RetentionPolicy[]>;
  createRetentionPolicy(policy: RetentionPolicyInput, options: Cancellable): Awaitable<unknown>;
  /** Puts an archive under one more policy; doing it again changes nothing. */
  applyRetentionPolicy(archiveId: string, policyId: string, options: Cancellable): Awaitable<void>;
  readonly retention: {
    /** Deletes what expired; the vault guards its own clock and caps as well. */
    sweep(request: SweepRequestInput, options: Cancellable): Awaitable<SweepReport>;
    /** Destroys keys; what is held or locked stays and is told. */
    erase(request: ErasureRequestInput, options: Cancellable): Awaitable<ErasureReceipt>;
  };
}
