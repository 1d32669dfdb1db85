// The contract of this package. What is not listed here is private.

export { contract, type Contract } from './wire/contract.ts';
export { ContractViolation, isContractViolation, type FieldViolation } from './wire/violation.ts';
export { parseJson, stringifyJson } from './json/lossless.ts';
export { rawElements, rawMembers, withRawMembers } from './json/raw.ts';
export { isResourceId, type JsonValue } from './fields.ts';

export { problemDetails, problemMediaType, type ProblemDetails } from './problem.ts';
export { pathOf, type Endpoint, type Operation } from './endpoint.ts';
export { registryEndpoints } from './registry/endpoints.ts';
export { registryOperations } from './registry/operations.ts';
export { vaultEndpoints } from './vault/endpoints.ts';
export { vaultOperations } from './vault/operations.ts';

export {
  sessionInfo,
  sessionPage,
  sessionRegistration,
  sessionStatus,
  statusUpdate,
  type SessionInfo,
  type SessionPage,
  type SessionRegistration,
  type SessionRegistrationInput,
  type SessionStatus,
  type StatusUpdate,
} from './registry/session.ts';
export {
  modelMetadata,
  modelPage,
  type ModelMetadata,
  type ModelMetadataInput,
  type ModelPage,
  type ModelParameters,
} from './registry/model.ts';
export { costOf } from './registry/cost.ts';
export {
  usageBatch,
  usageBatchResult,
  usagePage,
  usageReport,
  usageStats,
  type UsageBatch,
  type UsageBatchResult,
  type UsageCost,
  type UsagePage,
  type UsageReport,
  type UsageReportInput,
  type UsageStats,
} from './registry/usage.ts';

export {
  archiveEntry,
  archiveMetadata,
  archiveReceipt,
  batchResult,
  sealedEntry,
  type ArchiveEntry,
  type ArchiveEntryInput,
  type ArchiveMetadata,
  type ArchiveReceipt,
  type BatchResult,
  type SealedEntry,
  type SealedEntryInput,
} from './vault/archive.ts';
export {
  maxReadBack,
  readBackReport,
  readBackRequest,
  type ReadBackReport,
  type ReadBackRequest,
} from './vault/read-back.ts';
export {
  archiveFilters,
  archiveHistory,
  archivePage,
  type ArchiveHistory,
  type ArchivePage,
} from './vault/archive-list.ts';
export {
  legalHold,
  legalHoldRequest,
  lockMode,
  retentionLock,
  type LegalHold,
  type LegalHoldRequest,
  type LockMode,
  type RetentionLock,
} from './vault/lock.ts';
export {
  complianceLevel,
  policyApplication,
  policyCreated,
  policyList,
  retentionDaysOf,
  retentionPolicy,
  type ComplianceLevel,
  type PolicyApplication,
  type PolicyCreated,
  type PolicyList,
  type RetentionPolicy,
  type RetentionPolicyInput,
} from './vault/retention.ts';
export {
  erasureReceipt,
  erasureRequest,
  type ErasureReceipt,
  type ErasureRequest,
  type ErasureRequestInput,
} from './vault/erasure.ts';
export {
  sweepReport,
  sweepRequest,
  type SweepReport,
  type SweepRequest,
  type SweepRequestInput,
} from './vault/sweep.ts';
export {
  rewrapReport,
  rewrapRequest,
  type RewrapReport,
  type RewrapRequest,
  type RewrapRequestInput,
} from './vault/rewrap.ts';
export {
  auditCheckpoint,
  auditConsistency,
  auditEntry,
  auditPage,
  auditProof,
  type AuditCheckpoint,
  type AuditConsistency,
  type AuditEntry,
  type AuditPage,
  type AuditProof,
} from './vault/audit.ts';
export {
  decodeSealedFrames,
  encodeSealedFrames,
  sealedFramesMediaType,
  type SealedFrame,
} from './vault/sealed-frames.ts';

export {
  decodeSessionDocument,
  edgeType,
  encodeSessionDocument,
  graphEdge,
  graphSession,
  promptNode,
  responseNode,
  sessionDocument,
  toolInvocationNode,
  type Edge,
  type EdgeType,
  type GraphSession,
  type Prompt,
  type Response,
  type SessionDocument,
  type SessionDocumentInput,
  type TokenUsage,
  type ToolInvocation,
} from './session-document.ts';
