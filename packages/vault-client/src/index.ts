// The contract of this package. What is not listed here is private. Sealing is in `./node`.

export { VaultClient, type RetrievedArchive, type VerifiedArchive } from './vault-client.ts';
export { archivePort } from './archive-port.ts';
export { IntegrityError } from './integrity-error.ts';
export type { VaultClientOptions } from './options.ts';
export type { ArchiveInput } from './entry.ts';
export type { ArchivedSession, BatchOutcome, FailedSession } from './batch-report.ts';
export type { SealContext, Sealer } from './sealer.ts';
export type { CallOptions } from '@llm-memory-graph/http';
