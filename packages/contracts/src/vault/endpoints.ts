import type { Endpoint } from '../endpoint.ts';

/** The Data-Vault. */
export const vaultEndpoints = {
  archiveSession: { method: 'POST', path: '/api/v1/archive' },
  batchArchive: { method: 'POST', path: '/api/v1/archive/batch' },
  readBackArchives: { method: 'POST', path: '/api/v1/archive/read-back' },
  listArchives: { method: 'GET', path: '/api/v1/archive' },
  retrieveSession: { method: 'GET', path: '/api/v1/archive/{id}' },
  deleteArchive: { method: 'DELETE', path: '/api/v1/archive/{id}' },
  getArchiveMetadata: { method: 'GET', path: '/api/v1/archive/{id}/metadata' },
  getArchiveContent: { method: 'GET', path: '/api/v1/archive/{id}/content' },
  createRetentionPolicy: { method: 'POST', path: '/api/v1/policies' },
  listRetentionPolicies: { method: 'GET', path: '/api/v1/policies' },
  getRetentionPolicy: { method: 'GET', path: '/api/v1/policies/{id}' },
  applyRetentionPolicy: { method: 'PUT', path: '/api/v1/archive/{id}/policy' },
  placeLegalHold: { method: 'PUT', path: '/api/v1/archive/{id}/legal-hold' },
  releaseLegalHold: { method: 'DELETE', path: '/api/v1/archive/{id}/legal-hold' },
  lockArchive: { method: 'PUT', path: '/api/v1/archive/{id}/lock' },
  unlockArchive: { method: 'DELETE', path: '/api/v1/archive/{id}/lock' },
  eraseArchives: { method: 'POST', path: '/api/v1/erasures' },
  retentionSweep: { method: 'POST', path: '/api/v1/retention/sweep' },
  rewrapKeys: { method: 'POST', path: '/api/v1/keys/rewrap' },
  readAudit: { method: 'GET', path: '/api/v1/audit' },
  auditCheckpoint: { method: 'GET', path: '/api/v1/audit/checkpoint' },
  auditProof: { method: 'GET', path: '/api/v1/audit/proof' },
  auditConsistency: { method: 'GET', path: '/api/v1/audit/consistency' },
  healthCheck: { method: 'GET', path: '/health' },
} as const satisfies Record<string, Endpoint>;
