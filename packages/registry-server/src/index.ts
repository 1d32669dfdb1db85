// The contract of this package. What is not listed here is private.

export { createRegistryServer, type RegistryServer, type RegistryServerOptions } from './registry-server.ts';
export { memoryRegistryStore, type MemoryRegistryStore } from './memory/memory-registry-store.ts';
export { registryOpenApi } from './openapi.ts';

export type { Listing, Registration, RegistryStore, SessionKey, Slice } from './store/registry-store.ts';
export type { NewSession, SessionFilter, SessionRecord, SessionState } from './store/session-record.ts';
export type {
  ModelUsage,
  UsageFilter,
  UsageOutcome,
  UsagePeriod,
  UsageRecord,
  UsageTotals,
} from './store/usage-record.ts';
