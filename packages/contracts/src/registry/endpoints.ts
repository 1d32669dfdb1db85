import type { Endpoint } from '../endpoint.ts';

/** The LLM-Registry. */
export const registryEndpoints = {
  registerSession: { method: 'POST', path: '/api/v1/sessions' },
  listSessions: { method: 'GET', path: '/api/v1/sessions' },
  getSession: { method: 'GET', path: '/api/v1/sessions/{id}' },
  updateSessionStatus: { method: 'PUT', path: '/api/v1/sessions/{id}/status' },
  deleteSession: { method: 'DELETE', path: '/api/v1/sessions/{id}' },
  getSessionUsage: { method: 'GET', path: '/api/v1/sessions/{id}/usage' },
  listModels: { method: 'GET', path: '/api/v1/models' },
  getModelMetadata: { method: 'GET', path: '/api/v1/models/{id}' },
  getModelUsage: { method: 'GET', path: '/api/v1/models/{id}/usage' },
  listUsage: { method: 'GET', path: '/api/v1/usage' },
  trackUsage: { method: 'POST', path: '/api/v1/usage' },
  trackUsageBatch: { method: 'POST', path: '/api/v1/usage/batch' },
  healthCheck: { method: 'GET', path: '/health' },
} as const satisfies Record<string, Endpoint>;
