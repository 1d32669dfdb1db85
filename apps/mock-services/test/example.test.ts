import { mockServices } from '@llm-memory-graph/mock-services/vitest';
import { RegistryClient } from '@llm-memory-graph/registry-client';
import { test } from 'vitest';

const it = test.extend(mockServices());

it('registers a session once, although the first answer is lost', async ({ services }) => {
  services.faults.add({ kind: 'lost-answer', method: 'POST', times: 1 }); // breaks them
  const registry = new RegistryClient({ baseUrl: services.registryUrl });
  await registry.registerSession({ sessionId: 's-1', modelId: 'gpt-4' });
  services.journal.verify({ method: 'POST', path: '/api/v1/sessions', committed: true, times: 1 });
});
