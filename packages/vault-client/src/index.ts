// The contract of this package. What is not listed here is private. Sealing is in `./node`.

export { VaultClient } from './vault-client.ts';
export { MultiRegionVault } from './regions/multi-region-vault.ts';
export type { Vault } from './vault.ts';
export type { MultiRegionOptions, RegionOptions } from './regions/options.ts';
export type { MultiRegionEvents } from './regions/events.ts';
export type { RepairOptions, RepairReport } from './regions/repair.ts';
export type { WriteTo } from './regions/agreement.ts';
export type { ReadBackArchive, RetrievedArchive, UnreadArchive, VerifiedArchive } from './archives.ts';
export { archivePort, type ArchivePortOptions } from './archive-port.ts';
export { IntegrityError, isIntegrityError } from './integrity-error.ts';
export type { VaultClientOptions } from './options.ts';
export type { VaultCacheOptions } from './vault-cache.ts';
export type { ArchiveFilter, ArchivePageRequest } from './filters.ts';
export type { VaultRetention } from './retention.ts';
export type { AuditCheckpoint, AuditConsistency, AuditEntry, AuditProof, VaultAudit } from './audit.ts';
export type { ArchiveInput } from './entry.ts';
export type { ArchivedSession, BatchOutcome, FailedSession } from './batch-report.ts';
export type { SealContext, SealedBytes, SealedStream, Sealer } from './sealer.ts';
export type { SealedArchive } from './stream/send-sealed.ts';
export type { Spool } from './stream/spool.ts';
export type {
  ArchiveStreamOptions,
  Progress,
  ResumeStreamOptions,
  RetrieveStreamOptions,
  StreamInput,
} from './stream/stream-options.ts';
export type { CacheLife, CallOptions } from '@llm-memory-graph/http';
