// The contract of this package. What is not listed here is private.

export { ArchivalScheduler, type BatchReport } from './archival-scheduler.ts';
export { ArchivalStats } from './archival-stats.ts';
export { inProcess, type InProcessOptions } from './engine/in-process.ts';
export { archiveIdentity, type ArchiveIdentity } from './archive-identity.ts';
export { InMemoryRunJournal } from './journal/in-memory-run-journal.ts';
export { isSchedulerError, SchedulerError, type SchedulerErrorCode } from './scheduler-error.ts';
export { RetentionRules } from './retention/retention-rules.ts';
export { RetentionKeeper } from './retention/retention-keeper.ts';
export { archiveSubject, eraseSubject, graphSubjects, verifySubjectErasure } from './retention/erase-subject.ts';
export { keepRunEvidence } from './evidence/keep-run-evidence.ts';
export { isArchiveOf, proveArchived, verifyArchived, verifyRun } from './evidence/verify-run.ts';
export { evidenceSigner } from './evidence/signer.ts';
export { statisticsOf, statisticsOverTime } from './statistics/run-statistics.ts';
export { reconcileRun } from './statistics/reconcile-run.ts';
export { ArchivalAlarms } from './statistics/archival-alarms.ts';

export type {
  ArchiveFacts,
  PolicyDefinition,
  RetentionDecision,
  RetentionRule,
  RetentionRulesInput,
  RuleConditions,
} from './retention/retention-rules.ts';
export type {
  PolicyReport,
  RetentionEvents,
  RetentionKeeperOptions,
  SweepOptions,
} from './retention/retention-keeper.ts';
export type { Foreseen, RetentionPreview } from './retention/preview.ts';
export type {
  ErasureOptions,
  Subject,
  SubjectErasure,
  SubjectGraph,
  SubjectSessions,
} from './retention/erase-subject.ts';
export type { KeepEvidenceOptions, KeptEvidence } from './evidence/keep-run-evidence.ts';
export type { ManifestEntry, RunFacts, RunManifest, RunProof } from './evidence/run-manifest.ts';
export type { EvidenceProblem, RunVerdict } from './evidence/verify-run.ts';
export type { EvidenceSigner } from './evidence/signer.ts';
export type { RunStatistics, StatisticsWindow } from './statistics/run-statistics.ts';
export type { ReconcileOptions, Reconciliation, RunDifference, RunDifferenceKind } from './statistics/reconcile-run.ts';
export type { AlarmEvents, AlarmOptions } from './statistics/archival-alarms.ts';
export type { ArchiveConditions, ArchiveLister, AuditReader, RetentionVault } from './ports/retention-vault.ts';
export type { SchedulerConfig } from './config.ts';
export type { SchedulerOptions } from './scheduler-options.ts';
export type { CompliancePolicyOptions } from './compliance-policy.ts';
export type { SchedulerEvents } from './events.ts';
export type { RunReport } from './run/run-report.ts';
export type { PruneCounts } from './run/prune.ts';
export type { Missed, Overlap } from './engine/overlap.ts';
export type {
  ArchivedSession,
  FailedSession,
  FoundArchived,
  SessionOutcome,
  SkippedSession,
  SkipReason,
} from './run/session-outcome.ts';

export { failpointNames, type Failpoint, type FailpointName } from './ports/failpoint.ts';
export type { Awaitable, Cancellable } from './ports/call.ts';
export type {
  ArchiveMark,
  ClaimRefusal,
  ClaimResult,
  DueCursor,
  LoadedSession,
  MarkLister,
  MarkResult,
  PrunableSession,
  PruneResult,
  RunMark,
  SessionClaim,
  SessionRef,
  SessionSource,
} from './ports/session-source.ts';
export type { BatchJob, BatchResult, Engine, EngineWork } from './ports/engine.ts';
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
