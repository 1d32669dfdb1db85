import { registryOperations } from '@llm-memory-graph/contracts';
import { openApiDocument, operationEndpoints } from '@llm-memory-graph/service';

/** The OpenAPI 3.1 document of the registry, derived from the contracts. */
export function registryOpenApi(): Record<string, unknown> {
  const { registerSession, ...others } = registryOperations;
  return openApiDocument({
    title: 'LLM-Registry',
    version: '1.0.0',
    description: 'Registers the sessions of applications built on language models and meters their use.',
    endpoints: { registerSession: { ...registerSession, status: 201 }, ...others, ...operationEndpoints },
  });
}
