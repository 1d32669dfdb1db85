import type { Endpoint } from '../endpoint.ts';
import { archiveFilters, archivePage } from './archive-list.ts';
import { archiveEntry, archiveMetadata, archiveReceipt, batchResult } from './archive.ts';
import { auditCheckpoint, auditConsistency, auditPage, auditProof } from './audit.ts';
import { erasureReceipt, erasureRequest } from './erasure.ts';
import { legalHoldRequest, retentionLock } from './lock.ts';
import { readBackReport, readBackRequest } from './read-back.ts';
import { policyApplication, policyCreated, policyList, retentionPolicy } from './retention.ts';
import { rewrapReport, rewrapRequest } from './rewrap.ts';
import { sweepReport, sweepRequest } from './sweep.ts';

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
  readBackArchives: {
    method: 'POST',
    path: '/api/v1/archive/read-back',
    auth: 'bearer',
    request: readBackRequest,
    response: readBackReport,
    summary: 'Read archives again and answer with the digests of what is held; changes nothing.',
  },
  listArchives: {
    method: 'GET',
    path: '/api/v1/archive',
    auth: 'bearer',
    response: archivePage,
    query: [...archiveFilters, 'as_of', 'page_size', 'cursor'],
    summary: 'Archives by filters; with `as_of`, what the vault held at that instant (an ArchiveHistory).',
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
  listRetentionPolicies: {
    method: 'GET',
    path: '/api/v1/policies',
    auth: 'bearer',
    response: policyList,
    summary: 'All retention policies.',
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
  placeLegalHold: {
    method: 'PUT',
    path: '/api/v1/archive/{id}/legal-hold',
    auth: 'bearer',
    request: legalHoldRequest,
    response: archiveMetadata,
    summary: 'Keep an archive from every deletion.',
  },
  releaseLegalHold: {
    method: 'DELETE',
    path: '/api/v1/archive/{id}/legal-hold',
    auth: 'bearer',
    summary: 'Lift a legal hold.',
  },
  lockArchive: {
    method: 'PUT',
    path: '/api/v1/archive/{id}/lock',
    auth: 'bearer',
    request: retentionLock,
    response: archiveMetadata,
    summary: 'Lock an archive, or extend its lock.',
  },
  unlockArchive: {
    method: 'DELETE',
    path: '/api/v1/archive/{id}/lock',
    auth: 'bearer',
    summary: 'Lift a governance lock, with x-bypass-governance.',
  },
  eraseArchives: {
    method: 'POST',
    path: '/api/v1/erasures',
    auth: 'bearer',
    request: erasureRequest,
    response: erasureReceipt,
    summary: 'Destroy the keys of archives, by ids, session or metadata; held and locked ones stay and are told.',
  },
  retentionSweep: {
    method: 'POST',
    path: '/api/v1/retention/sweep',
    auth: 'bearer',
    request: sweepRequest,
    response: sweepReport,
    summary: 'Delete expired archives whose policies say so; a dry run by default.',
  },
  rewrapKeys: {
    method: 'POST',
    path: '/api/v1/keys/rewrap',
    auth: 'bearer',
    request: rewrapRequest,
    response: rewrapReport,
    summary: 'Wrap the data keys of what the vault sealed with its present keys, a page at a time.',
  },
  readAudit: {
    method: 'GET',
    path: '/api/v1/audit',
    auth: 'bearer',
    response: auditPage,
    query: ['page_size', 'cursor'],
    summary: 'The audit chain from its beginning.',
  },
  auditCheckpoint: {
    method: 'GET',
    path: '/api/v1/audit/checkpoint',
    auth: 'bearer',
    response: auditCheckpoint,
    summary: 'The signed head of the audit chain; 404 when the service has no signing key.',
  },
  auditProof: {
    method: 'GET',
    path: '/api/v1/audit/proof',
    auth: 'bearer',
    response: auditProof,
    query: ['sequence'],
    summary: 'That an entry is in the chain, against a signed checkpoint.',
  },
  auditConsistency: {
    method: 'GET',
    path: '/api/v1/audit/consistency',
    auth: 'bearer',
    response: auditConsistency,
    query: ['from'],
    summary: 'That the chain only grew since it had `from` entries, against a signed checkpoint.',
  },
  healthCheck: { method: 'GET', path: '/health', auth: 'none', summary: 'Liveness.' },
} as const satisfies Record<string, Endpoint>;
