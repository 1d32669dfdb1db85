import { retentionPolicy, vaultOperations } from '@llm-memory-graph/contracts';
import { openApiDocument, operationEndpoints, type OpenApiEndpoint } from '@llm-memory-graph/service';

/** Operations of this service beyond the shared table. */
const ownEndpoints = {
  getArchiveContent: { ...vaultOperations.getArchiveContent, produces: 'application/octet-stream' },
  // The whole policy, which holds more than the shared table promises.
  createRetentionPolicy: { ...vaultOperations.createRetentionPolicy, response: retentionPolicy },
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
    produces: 'application/json',
    summary: 'Add application/partial-upload bytes at Upload-Offset; the last ones answer with the receipt.',
  },
  cancelUpload: { method: 'DELETE', path: '/api/v1/uploads/{id}', auth: 'bearer', summary: 'Give up an upload.' },
} as const satisfies Record<string, OpenApiEndpoint>;

/** The OpenAPI 3.1 document of the vault. */
export function vaultOpenApi(): Record<string, unknown> {
  return openApiDocument({
    title: 'Data-Vault',
    version: '1.0.0',
    description: 'Keeps sealed sessions under retention policies. Errors are application/problem+json (RFC 9457).',
    endpoints: { ...operationEndpoints, ...vaultOperations, ...ownEndpoints },
  });
}
