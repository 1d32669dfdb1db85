import type {
  ModelMetadata,
  ModelPage,
  SessionInfo,
  SessionPage,
  SessionRegistrationInput,
  SessionStatus,
  UsageBatchResult,
  UsagePage,
  UsageStats,
} from '@llm-memory-graph/contracts';
import type { CallOptions } from '@llm-memory-graph/http';
import type { PageRequest, SessionFilter, UsageFilter, UsagePeriod } from './filters.ts';
import type { UsageInput } from './usage/usage-input.ts';

/**
 * What an LLM-Registry can do: `RegistryClient` over HTTP, `memoryRegistry` of `./testing` in memory. Both pass
 * `registryContract` of `./testing`.
 */
export interface Registry {
  registerSession(registration: SessionRegistrationInput, options?: CallOptions): Promise<SessionInfo>;
  updateSessionStatus(sessionId: string, status: SessionStatus, options?: CallOptions): Promise<SessionInfo>;
  listSessions(request?: PageRequest & SessionFilter, options?: CallOptions): Promise<SessionPage>;
  sessions(
    filter?: SessionFilter & { readonly pageSize?: number },
    options?: CallOptions,
  ): AsyncGenerator<SessionInfo, void, undefined>;
  getSession(sessionId: string, options?: CallOptions): Promise<SessionInfo>;
  deleteSession(sessionId: string, options?: CallOptions): Promise<void>;
  getModelMetadata(modelId: string, options?: CallOptions): Promise<ModelMetadata>;
  listModels(request?: PageRequest, options?: CallOptions): Promise<ModelPage>;
  models(options?: CallOptions): AsyncGenerator<ModelMetadata, void, undefined>;
  trackUsage(report: UsageInput, options?: CallOptions): Promise<void>;
  trackUsageBatch(reports: readonly UsageInput[], options?: CallOptions): Promise<UsageBatchResult>;
  getSessionUsage(sessionId: string, options?: CallOptions & UsagePeriod): Promise<UsageStats>;
  getModelUsage(modelId: string, options?: CallOptions & UsagePeriod): Promise<UsageStats>;
  listUsage(request?: PageRequest & UsageFilter, options?: CallOptions): Promise<UsagePage>;
  healthCheck(options?: CallOptions): Promise<void>;
}
