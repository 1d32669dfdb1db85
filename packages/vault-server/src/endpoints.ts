import { retentionPolicy, vaultEndpoints } from '@llm-memory-graph/contracts';
import { openApiDocument, operationEndpoints, type OpenApiEndpoint } from '@llm-memory-graph/service';

import { legalHoldRequest } from './routes/legal-hold.ts';
import { listQuery } from './routes/metadata.ts';
import { sweepReport, sweepRequest } from './routes/sweep.ts';

const json = 'application/json';

/** Operations of this service beyond the shared table. */
const ownEndpoints = {
  getArchiveContent: { ...vaultEndpoints.getArchiveContent, produces: 'application/octet-stream' },
  listArchives: {
    method: 'GET',
    path: '/api/v1/archive',
    auth: 'bearer',
    produces: json,
    query: listQuery,
    summary: 'Metadata of archives, in the order in which they were stored.',
  },
  listRetentionPolicies: {
    method: 'GET',
    path: '/api/v1/policies',
    auth: 'bearer',
    produces: json,
    summary: 'All retention policies.',
  },
  // The whole policy, which holds more than the shared table promises.
  createRetentionPolicy: { ...vaultEndpoints.createRetentionPolicy, response: retentionPolicy },
  placeLegalHold: {
    method: 'PUT',
    path: '/api/v1/archive/{id}/legal-hold',
    auth: 'bearer',
    request: legalHoldRequest,
    produces: json,
    summary: 'Keep an archive from every deletion.',
  },
  releaseLegalHold: {
    method: 'DELETE',
    path: '/api/v1/archive/{id}/legal-hold',
    auth: 'bearer',
    summary: 'Lift a legal hold.',
  },
  uploadOffset: {
    method: 'HEAD',
    path: '/api/v1/uploads/{id}',
    auth: 'bearer',
    summary: 'How much of a resumable upload is durable (Upload-Offset, Upload-Complete).',
  },
  appendToUpload: {
    method: 'PATCH',
    path: '/api/v1/uploads/{id}',
    auth: 'bearer',
    produces: json,
    summary: 'Add application/partial-upload bytes at Upload-Offset; the last ones answer with the receipt.',
  },
  cancelUpload: { method: 'DELETE', path: '/api/v1/uploads/{id}', auth: 'bearer', summary: 'Give up an upload.' },
  retentionSweep: {
    method: 'POST',
    path: '/api/v1/retention/sweep',
    auth: 'bearer',
    request: sweepRequest,
    response: sweepReport,
    summary: 'Delete expired archives whose policy says so; a dry run by default.',
  },
  readAudit: {
    method: 'GET',
    path: '/api/v1/audit',
    auth: 'bearer',
    produces: json,
    query: ['page_size', 'cursor'],
    summary: 'The audit chain from its beginning.',
  },
  auditCheckpoint: {
    method: 'GET',
    path: '/api/v1/audit/checkpoint',
    auth: 'bearer',
    produces: json,
    summary: 'The signed head of the audit chain; 404 when the service has no signing key.',
  },
} as const satisfies Record<string, OpenApiEndpoint>;

/** The OpenAPI 3.1 document of the vault. */
export function vaultOpenApi(): Record<string, unknown> {
  return openApiDocument({
    title: 'Data-Vault',
    version: '1.0.0',
    description: 'Keeps sealed sessions under retention policies. Errors are application/problem+json (RFC 9457).',
    endpoints: { ...operationEndpoints, ...vaultEndpoints, ...ownEndpoints },
  });
}
