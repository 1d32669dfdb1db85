import { modelMetadata } from '@llm-memory-graph/contracts';
import { createRegistryServer, memoryRegistryStore } from '@llm-memory-graph/registry-server';
import type { Fetch } from '@llm-memory-graph/http';
import { RegistryClient, type RegistryClientOptions } from '../src/index.ts';

export const apiKey = 'test-key';

/** Stands between client and registry: may change, drop or repeat what passes. */
export type Tamper = (next: (request: Request) => Promise<Response>, request: Request) => Promise<Response>;

const createdAt = new Date(0);
export const models = [
  modelMetadata.parse({
    modelId: 'gpt-4',
    version: '0613',
    provider: 'openai',
    createdAt,
    parameters: { temperature: 1 },
  }),
  modelMetadata.parse({
    modelId: 'org/model',
    version: '1',
    provider: 'org',
    createdAt,
    parameters: { temperature: 0 },
  }),
];

/** A real registry in this process, and clients of it. */
export function registryFor() {
  const store = memoryRegistryStore();
  const server = createRegistryServer({ store, keys: [{ secret: apiKey }] });
  const sent: Request[] = [];
  const client = (options: Partial<RegistryClientOptions> = {}, tamper?: Tamper): RegistryClient => {
    const next = async (request: Request): Promise<Response> => server.fetch(request);
    const fetch: Fetch = async (input, init) => {
      const request = new Request(input, init);
      sent.push(request.clone());
      return tamper ? tamper(next, request) : next(request);
    };
    return new RegistryClient({ apiKey, fetch, retry: { initialDelayMs: 1, maxDelayMs: 2 }, ...options });
  };
  return { client, sent, store };
}
