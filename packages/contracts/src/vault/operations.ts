import type { Operation } from '../endpoint.ts';
import { archiveFilters, archivePage } from './archive-list.ts';
import { archiveEntry, archiveMetadata, archiveReceipt, batchResult } from './archive.ts';
import { auditCheckpoint, auditConsistency, auditPage, auditProof } from './audit.ts';
import { vaultEndpoints as endpoints } from './endpoints.ts';
import { erasureReceipt, erasureRequest } from './erasure.ts';
import { legalHoldRequest, retentionLock } from './lock.ts';
import { readBackReport, readBackRequest } from './read-back.ts';
import { policyApplication, policyCreated, policyList, retentionPolicy } from './retention.ts';
import { rewrapReport, rewrapRequest } from './rewrap.ts';
import { sweepReport, sweepRequest } from './sweep.ts';

/** The Data-Vault, described for its OpenAPI document. */
export const vaultOperations = {
  archiveSession: {
    ...endpoints.archiveSession,
    request: archiveEntry,
    response: archiveReceipt,
    summary: 'Archive one session; idempotent by archive id.',
  },
  batchArchive: {
    ...endpoints.batchArchive,
    response: batchResult,
    summary: 'Archive several sessions: a bare array of entries, or sealed frames.',
  },
  readBackArchives: {
    ...endpoints.readBackArchives,
    request: readBackRequest,
    response: readBackReport,
    summary: 'Read archives again and answer with the digests of what is held; changes nothing.',
  },
  listArchives: {
    ...endpoints.listArchives,
    response: archivePage,
    query: [...archiveFilters, 'as_of', 'page_size', 'cursor'],
    summary: 'Archives by filters; with `as_of`, what the vault held at that instant (an ArchiveHistory).',
  },
  retrieveSession: { ...endpoints.retrieveSession, response: archiveEntry, summary: 'One archive with its data.' },
  deleteArchive: { ...endpoints.deleteArchive, summary: 'Delete an archive for good.' },
  getArchiveMetadata: {
    ...endpoints.getArchiveMetadata,
    response: archiveMetadata,
    summary: 'Everything about an archive except its content.',
  },
  getArchiveContent: { ...endpoints.getArchiveContent, summary: 'The sealed bytes.' },
  createRetentionPolicy: {
    ...endpoints.createRetentionPolicy,
    request: retentionPolicy,
    response: policyCreated,
    summary: 'Create a retention policy; idempotent by policy id.',
  },
  listRetentionPolicies: {
    ...endpoints.listRetentionPolicies,
    response: policyList,
    summary: 'All retention policies.',
  },
  getRetentionPolicy: { ...endpoints.getRetentionPolicy, response: retentionPolicy, summary: 'One retention policy.' },
  applyRetentionPolicy: {
    ...endpoints.applyRetentionPolicy,
    request: policyApplication,
    summary: 'Put an archive under a policy.',
  },
  placeLegalHold: {
    ...endpoints.placeLegalHold,
    request: legalHoldRequest,
    response: archiveMetadata,
    summary: 'Keep an archive from every deletion.',
  },
  releaseLegalHold: { ...endpoints.releaseLegalHold, summary: 'Lift a legal hold.' },
  lockArchive: {
    ...endpoints.lockArchive,
    request: retentionLock,
    response: archiveMetadata,
    summary: 'Lock an archive, or extend its lock.',
  },
  unlockArchive: { ...endpoints.unlockArchive, summary: 'Lift a governance lock, with x-bypass-governance.' },
  eraseArchives: {
    ...endpoints.eraseArchives,
    request: erasureRequest,
    response: erasureReceipt,
    summary: 'Destroy the keys of archives, by ids, session or metadata; held and locked ones stay and are told.',
  },
  retentionSweep: {
    ...endpoints.retentionSweep,
    request: sweepRequest,
    response: sweepReport,
    summary: 'Delete expired archives whose policies say so; a dry run by default.',
  },
  rewrapKeys: {
    ...endpoints.rewrapKeys,
    request: rewrapRequest,
    response: rewrapReport,
    summary: 'Wrap the data keys of what the vault sealed with its present keys, a page at a time.',
  },
  readAudit: {
    ...endpoints.readAudit,
    response: auditPage,
    query: ['page_size', 'cursor'],
    summary: 'The audit chain from its beginning.',
  },
  auditCheckpoint: {
    ...endpoints.auditCheckpoint,
    response: auditCheckpoint,
    summary: 'The signed head of the audit chain; 404 when the service has no signing key.',
  },
  auditProof: {
    ...endpoints.auditProof,
    response: auditProof,
    query: ['sequence'],
    summary: 'That an entry is in the chain, against a signed checkpoint.',
  },
  auditConsistency: {
    ...endpoints.auditConsistency,
    response: auditConsistency,
    query: ['from'],
    summary: 'That the chain only grew since it had `from` entries, against a signed checkpoint.',
  },
  healthCheck: { ...endpoints.healthCheck, auth: 'none', summary: 'Liveness.' },
} as const satisfies Record<string, Operation>;
