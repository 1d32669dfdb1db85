// The contract of this package. What is not listed here is private.

export { MemoryGraph, type LoadedSession } from './memory-graph.ts';
export { isMemoryGraphError, MemoryGraphError, type MemoryGraphErrorCode } from './memory-graph-error.ts';
export type { MemoryGraphOptions } from './options.ts';
export type { NewSession, SessionChanges, SessionFilter } from './session-store.ts';
export type { NewPrompt, NewResponse, NewToolInvocation } from './node-store.ts';
export type { EdgeFilter, NewEdge } from './edge-store.ts';
export type { ImportOptions, ImportResult } from './document-store.ts';
export type {
  ArchiveMark,
  ArchiveRecord,
  ClaimRefusal,
  ClaimResult,
  DueCursor,
  ClaimOptions,
  LeaseOptions,
  MarkResult,
  MarkTarget,
  PrunableSession,
  PruneResult,
  RunMark,
  SessionClaim,
  SessionRef,
} from './archive-queue.ts';
