import type { Endpoint } from '../endpoint.ts';

/** The LLM-Registry. */
export const registryEndpoints = {
  registerSession: { method: 'POST', path: '/api/v1/sessions', auth: 'bearer' },
  listSessions: { method: 'GET', path: '/api/v1/sessions', auth: 'bearer' },
  getSession: { method: 'GET', path: '/api/v1/sessions/{id}', auth: 'bearer' },
  updateSessionStatus: { method: 'PUT', path: '/api/v1/sessions/{id}/status', auth: 'bearer' },
  deleteSession: { method: 'DELETE', path: '/api/v1/sessions/{id}', auth: 'bearer' },
  getSessionUsage: { method: 'GET', path: '/api/v1/sessions/{id}/usage', auth: 'bearer' },
  listModels: { method: 'GET', path: '/api/v1/models', auth: 'bearer' },
  getModelMetadata: { method: 'GET', path: '/api/v1/models/{id}', auth: 'bearer' },
  getModelUsage: { method: 'GET', path: '/api/v1/models/{id}/usage', auth: 'bearer' },
  listUsage: { method: 'GET', path: '/api/v1/usage', auth: 'bearer' },
  trackUsage: { method: 'POST', path: '/api/v1/usage', auth: 'bearer' },
  trackUsageBatch: { method: 'POST', path: '/api/v1/usage/batch', auth: 'bearer' },
  healthCheck: { method: 'GET', path: '/health', auth: 'none' },
} as const satisfies Record<string, Endpoint>;
