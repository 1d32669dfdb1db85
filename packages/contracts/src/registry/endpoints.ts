import type { Endpoint } from '../endpoint.ts';
import { modelMetadata, modelPage } from './model.ts';
import { sessionInfo, sessionPage, sessionRegistration, statusUpdate } from './session.ts';
import { usageBatch, usageBatchResult, usagePage, usageReport, usageStats } from './usage.ts';

const pageQuery = ['page', 'page_size', 'cursor'] as const;
const sessionFilters = ['status', 'model_id', 'tag', 'started_before', 'started_after'] as const;
const period = ['from', 'to'] as const;

/** The LLM-Registry. */
export const registryEndpoints = {
  registerSession: {
    method: 'POST',
    path: '/api/v1/sessions',
    auth: 'bearer',
    request: sessionRegistration,
    response: sessionInfo,
    summary: 'Register a session; idempotent by session id.',
  },
  listSessions: {
    method: 'GET',
    path: '/api/v1/sessions',
    auth: 'bearer',
    response: sessionPage,
    query: [...pageQuery, ...sessionFilters],
    summary: 'List sessions, oldest first.',
  },
  getSession: {
    method: 'GET',
    path: '/api/v1/sessions/{id}',
    auth: 'bearer',
    response: sessionInfo,
    summary: 'One session.',
  },
  updateSessionStatus: {
    method: 'PUT',
    path: '/api/v1/sessions/{id}/status',
    auth: 'bearer',
    request: statusUpdate,
    response: sessionInfo,
    summary: 'Change the status of a session.',
  },
  deleteSession: {
    method: 'DELETE',
    path: '/api/v1/sessions/{id}',
    auth: 'bearer',
    summary: 'Remove a session and its usage.',
  },
  getSessionUsage: {
    method: 'GET',
    path: '/api/v1/sessions/{id}/usage',
    auth: 'bearer',
    response: usageStats,
    query: period,
    summary: 'Usage of one session.',
  },
  listModels: {
    method: 'GET',
    path: '/api/v1/models',
    auth: 'bearer',
    response: modelPage,
    query: pageQuery,
    summary: 'List models.',
  },
  getModelMetadata: {
    method: 'GET',
    path: '/api/v1/models/{id}',
    auth: 'bearer',
    response: modelMetadata,
    summary: 'One model.',
  },
  getModelUsage: {
    method: 'GET',
    path: '/api/v1/models/{id}/usage',
    auth: 'bearer',
    response: usageStats,
    query: period,
    summary: 'Usage of one model over all sessions.',
  },
  listUsage: {
    method: 'GET',
    path: '/api/v1/usage',
    auth: 'bearer',
    response: usagePage,
    query: [...pageQuery, ...period, 'session_id'],
    summary: 'Usage of each model, with its cost.',
  },
  trackUsage: {
    method: 'POST',
    path: '/api/v1/usage',
    auth: 'bearer',
    request: usageReport,
    summary: 'Report the token usage of one model call.',
  },
  trackUsageBatch: {
    method: 'POST',
    path: '/api/v1/usage/batch',
    auth: 'bearer',
    request: usageBatch,
    response: usageBatchResult,
    summary: 'Report the token usage of several model calls.',
  },
  healthCheck: { method: 'GET', path: '/health', auth: 'none', summary: 'Liveness.' },
} as const satisfies Record<string, Endpoint>;
