import type { Operation } from '../endpoint.ts';
import { registryEndpoints as endpoints } from './endpoints.ts';
import { modelMetadata, modelPage } from './model.ts';
import { sessionInfo, sessionPage, sessionRegistration, statusUpdate } from './session.ts';
import { usageBatch, usageBatchResult, usagePage, usageReport, usageStats } from './usage.ts';

const pageQuery = ['page', 'page_size', 'cursor'] as const;
const sessionFilters = ['status', 'model_id', 'tag', 'started_before', 'started_after'] as const;
const period = ['from', 'to'] as const;

/** The LLM-Registry, described for its OpenAPI document. */
export const registryOperations = {
  registerSession: {
    ...endpoints.registerSession,
    request: sessionRegistration,
    response: sessionInfo,
    summary: 'Register a session; idempotent by session id.',
  },
  listSessions: {
    ...endpoints.listSessions,
    response: sessionPage,
    query: [...pageQuery, ...sessionFilters],
    summary: 'List sessions, oldest first.',
  },
  getSession: { ...endpoints.getSession, response: sessionInfo, summary: 'One session.' },
  updateSessionStatus: {
    ...endpoints.updateSessionStatus,
    request: statusUpdate,
    response: sessionInfo,
    summary: 'Change the status of a session.',
  },
  deleteSession: { ...endpoints.deleteSession, summary: 'Remove a session and its usage.' },
  getSessionUsage: {
    ...endpoints.getSessionUsage,
    response: usageStats,
    query: period,
    summary: 'Usage of one session.',
  },
  listModels: { ...endpoints.listModels, response: modelPage, query: pageQuery, summary: 'List models.' },
  getModelMetadata: { ...endpoints.getModelMetadata, response: modelMetadata, summary: 'One model.' },
  getModelUsage: {
    ...endpoints.getModelUsage,
    response: usageStats,
    query: period,
    summary: 'Usage of one model over all sessions.',
  },
  listUsage: {
    ...endpoints.listUsage,
    response: usagePage,
    query: [...pageQuery, ...period, 'session_id'],
    summary: 'Usage of each model, with its cost.',
  },
  trackUsage: { ...endpoints.trackUsage, request: usageReport, summary: 'Report the token usage of one model call.' },
  trackUsageBatch: {
    ...endpoints.trackUsageBatch,
    request: usageBatch,
    response: usageBatchResult,
    summary: 'Report the token usage of several model calls.',
  },
  healthCheck: { ...endpoints.healthCheck, auth: 'none', summary: 'Liveness.' },
} as const satisfies Record<string, Operation>;
