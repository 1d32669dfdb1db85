// The contract of this package. What is not listed here is private.

export { createVaultServer, type VaultServer, type VaultServerOptions } from './vault-server.ts';
export { memoryArchiveStore, type MemoryArchiveStore } from './store/memory-archive-store.ts';

export type { VaultEvent } from './vault-event.ts';
export type { AuditAction, AuditEntry, AuditEvent } from './audit/audit-entry.ts';
export type {
  ArchiveChange,
  ArchivePage,
  ArchiveQuery,
  ArchiveRecord,
  ArchiveStore,
  FindResult,
  HistoryPage,
  HistoryQuery,
  InsertResult,
  NewArchive,
  NewHeader,
  NewRecordAndEvent,
  PastArchive,
  Reread,
  Tombstone,
} from './store/archive-store.ts';
export type { BeginResult, NewUpload, Upload, UploadedArchive, UploadStore } from './store/upload-store.ts';
export type { UploadLimits } from './upload/upload-limits.ts';
