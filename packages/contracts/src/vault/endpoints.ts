import type { Endpoint } from '../endpoint.ts';

/** The Data-Vault. */
export const vaultEndpoints = {
  archiveSession: { method: 'POST', path: '/api/v1/archive', auth: 'bearer' },
  batchArchive: { method: 'POST', path: '/api/v1/archive/batch', auth: 'bearer' },
  readBackArchives: { method: 'POST', path: '/api/v1/archive/read-back', auth: 'bearer' },
  listArchives: { method: 'GET', path: '/api/v1/archive', auth: 'bearer' },
  retrieveSession: { method: 'GET', path: '/api/v1/archive/{id}', auth: 'bearer' },
  deleteArchive: { method: 'DELETE', path: '/api/v1/archive/{id}', auth: 'bearer' },
  getArchiveMetadata: { method: 'GET', path: '/api/v1/archive/{id}/metadata', auth: 'bearer' },
  getArchiveContent: { method: 'GET', path: '/api/v1/archive/{id}/content', auth: 'bearer' },
  createRetentionPolicy: { method: 'POST', path: '/api/v1/policies', auth: 'bearer' },
  listRetentionPolicies: { method: 'GET', path: '/api/v1/policies', auth: 'bearer' },
  getRetentionPolicy: { method: 'GET', path: '/api/v1/policies/{id}', auth: 'bearer' },
  applyRetentionPolicy: { method: 'PUT', path: '/api/v1/archive/{id}/policy', auth: 'bearer' },
  placeLegalHold: { method: 'PUT', path: '/api/v1/archive/{id}/legal-hold', auth: 'bearer' },
  releaseLegalHold: { method: 'DELETE', path: '/api/v1/archive/{id}/legal-hold', auth: 'bearer' },
  lockArchive: { method: 'PUT', path: '/api/v1/archive/{id}/lock', auth: 'bearer' },
  unlockArchive: { method: 'DELETE', path: '/api/v1/archive/{id}/lock', auth: 'bearer' },
  eraseArchives: { method: 'POST', path: '/api/v1/erasures', auth: 'bearer' },
  retentionSweep: { method: 'POST', path: '/api/v1/retention/sweep', auth: 'bearer' },
  rewrapKeys: { method: 'POST', path: '/api/v1/keys/rewrap', auth: 'bearer' },
  readAudit: { method: 'GET', path: '/api/v1/audit', auth: 'bearer' },
  auditCheckpoint: { method: 'GET', path: '/api/v1/audit/checkpoint', auth: 'bearer' },
  auditProof: { method: 'GET', path: '/api/v1/audit/proof', auth: 'bearer' },
  auditConsistency: { method: 'GET', path: '/api/v1/audit/consistency', auth: 'bearer' },
  healthCheck: { method: 'GET', path: '/health', auth: 'none' },
} as const satisfies Record<string, Endpoint>;
