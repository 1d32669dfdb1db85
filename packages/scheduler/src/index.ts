// The contract of this package. What is not listed here is private.

export { failpointNames, type Failpoint, type FailpointName } from './ports/failpoint.ts';
export type { Awaitable, Cancellable } from './ports/call.ts';
export type {
  ArchiveMark,
  ClaimRefusal,
  ClaimResult,
  DueCursor,
  LoadedSession,
  MarkResult,
  SessionClaim,
  SessionRef,
  SessionSource,
} from './ports/session-source.ts';
export type {
  Archived,
  ArchiveOutcome,
  ArchiveRequest,
  ArchiveVault,
  HeldArchive,
  ReadBackOutcome,
  VaultFailure,
} from './ports/archive-vault.ts';
export type { SessionRegistry } from './ports/session-registry.ts';
export type {
  Checkpoint,
  JournalRun,
  OpenRun,
  RunCounts,
  RunJournal,
  RunOutcome,
  SessionFailure,
  SessionResult,
} from './ports/run-journal.ts';
