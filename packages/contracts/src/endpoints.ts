import type { Contract } from './wire/contract.ts';
import { modelMetadata, modelPage } from './registry/model.ts';
import { sessionInfo, sessionPage, sessionRegistration, statusUpdate } from './registry/session.ts';
import { usageBatch, usageBatchResult, usageReport, usageStats } from './registry/usage.ts';
import { archiveEntry, archiveMetadata, archiveReceipt, batchResult } from './vault/archive.ts';
import { policyApplication, policyCreated, retentionPolicy } from './vault/retention.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the table holds contracts of every type
type AnyContract = Contract<any, any>;

/** One operation of a service. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** RFC 6570 level 1 template; `{id}` is percent-encoded by `pathOf`. */
  readonly path: string;
  /** `none` only for `/health`, which must answer without a key. */
  readonly auth: 'bearer' | 'none';
  readonly request?: AnyContract;
  readonly response?: AnyContract;
  /** Query parameters, by wire name. */
  readonly query?: readonly string[];
  readonly summary: string;
}

const pageQuery = ['page', 'page_size', 'cursor'] as const;
const sessionFilters = ['status', 'model_id', 'tag', 'started_before', 'started_after'] as const;

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
    summary: 'Usage of one model over all sessions.',
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

/** The Data-Vault. */
export const vaultEndpoints = {
  archiveSession: {
    method: 'POST',
    path: '/api/v1/archive',
    auth: 'bearer',
    request: archiveEntry,
    response: archiveReceipt,
    summary: 'Archive one session; idempotent by archive id.',
  },
  batchArchive: {
    method: 'POST',
    path: '/api/v1/archive/batch',
    auth: 'bearer',
    response: batchResult,
    summary: 'Archive several sessions: a bare array of entries, or sealed frames.',
  },
  retrieveSession: {
    method: 'GET',
    path: '/api/v1/archive/{id}',
    auth: 'bearer',
    response: archiveEntry,
    summary: 'One archive with its data.',
  },
  deleteArchive: {
    method: 'DELETE',
    path: '/api/v1/archive/{id}',
    auth: 'bearer',
    summary: 'Delete an archive for good.',
  },
  getArchiveMetadata: {
    method: 'GET',
    path: '/api/v1/archive/{id}/metadata',
    auth: 'bearer',
    response: archiveMetadata,
    summary: 'Everything about an archive except its content.',
  },
  getArchiveContent: {
    method: 'GET',
    path: '/api/v1/archive/{id}/content',
    auth: 'bearer',
    summary: 'The sealed bytes.',
  },
  createRetentionPolicy: {
    method: 'POST',
    path: '/api/v1/policies',
    auth: 'bearer',
    request: retentionPolicy,
    response: policyCreated,
    summary: 'Create a retention policy; idempotent by policy id.',
  },
  getRetentionPolicy: {
    method: 'GET',
    path: '/api/v1/policies/{id}',
    auth: 'bearer',
    response: retentionPolicy,
    summary: 'One retention policy.',
  },
  applyRetentionPolicy: {
    method: 'PUT',
    path: '/api/v1/archive/{id}/policy',
    auth: 'bearer',
    request: policyApplication,
    summary: 'Put an archive under a policy.',
  },
  healthCheck: { method: 'GET', path: '/health', auth: 'none', summary: 'Liveness.' },
} as const satisfies Record<string, Endpoint>;

/** The path of an endpoint for one resource, percent-encoded. */
export function pathOf(endpoint: Endpoint, id?: string): string {
  return id === undefined ? endpoint.path : endpoint.path.replace('{id}', encodeURIComponent(id));
}
