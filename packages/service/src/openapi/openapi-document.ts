import { problemDetails, problemMediaType, type Contract, type Operation } from '@llm-memory-graph/contracts';
import { queryParameter } from './query-parameters.ts';
import { wireSchema } from './wire-schema.ts';

/** An operation of the contracts with what only the service knows of it. */
export interface OpenApiEndpoint extends Operation {
  /** Status of success. @default 200 with a response contract or `produces`, else 204 */
  readonly status?: number;
  /** Media type of an answer without contract. */
  readonly produces?: string;
}

/** What {@link openApiDocument} is made of. */
export interface OpenApiOptions {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  /** By operation id. */
  readonly endpoints: Readonly<Record<string, OpenApiEndpoint>>;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- contracts of every type
type AnyContract = Contract<any, any>;

/** An OpenAPI 3.1 document of a service, derived from its contracts. */
export function openApiDocument(options: OpenApiOptions): Record<string, unknown> {
  const schemas: Record<string, unknown> = {};
  const refTo = (contract: AnyContract, direction: 'request' | 'response'): { $ref: string } => {
    schemas[contract.name] ??= wireSchema(contract, direction);
    return { $ref: `#/components/schemas/${contract.name}` };
  };

  const answerOf = (endpoint: OpenApiEndpoint): Record<string, unknown> => {
    if (endpoint.response) {
      const schema = refTo(endpoint.response, 'response');
      return { description: endpoint.summary, content: { 'application/json': { schema } } };
    }
    return endpoint.produces === undefined
      ? { description: endpoint.summary }
      : { description: endpoint.summary, content: { [endpoint.produces]: { schema: {} } } };
  };

  const operation = (operationId: string, endpoint: OpenApiEndpoint): Record<string, unknown> => {
    const hasBody = endpoint.response !== undefined || endpoint.produces !== undefined;
    const idParameter = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };
    const parameters = [
      ...(endpoint.path.includes('{id}') ? [idParameter] : []),
      ...(endpoint.query ?? []).map(queryParameter),
      ...(endpoint.method === 'POST' ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
    ];
    return {
      operationId,
      summary: endpoint.summary,
      ...(endpoint.auth === 'none' ? { security: [] } : {}),
      ...(parameters.length > 0 ? { parameters } : {}),
      ...(endpoint.request
        ? {
            requestBody: {
              required: true,
              content: { 'application/json': { schema: refTo(endpoint.request, 'request') } },
            },
          }
        : {}),
      responses: {
        [String(endpoint.status ?? (hasBody ? 200 : 204))]: answerOf(endpoint),
        default: { $ref: '#/components/responses/Problem' },
      },
    };
  };

  const paths: Record<string, Record<string, unknown>> = {};
  for (const [operationId, endpoint] of Object.entries(options.endpoints)) {
    (paths[endpoint.path] ??= {})[endpoint.method.toLowerCase()] = operation(operationId, endpoint);
  }
  const problem = refTo(problemDetails, 'request');
  return {
    openapi: '3.1.0',
    info: {
      title: options.title,
      version: options.version,
      description: options.description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      parameters: {
        IdempotencyKey: {
          name: 'Idempotency-Key',
          in: 'header',
          description: 'The same key with the same request takes effect once and gets the first answer again.',
          schema: { type: 'string', minLength: 1, maxLength: 255 },
        },
      },
      responses: {
        Problem: { description: 'What went wrong (RFC 9457).', content: { [problemMediaType]: { schema: problem } } },
      },
      schemas,
    },
  };
}
