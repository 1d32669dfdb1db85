import { startMockServices } from '@llm-memory-graph/mock-services';
import { expect, it } from 'vitest';

it('lists models', async () => {
  await using services = await startMockServices();
  const answer = await fetch(`${services.registryUrl}/api/v1/models/gpt-4`);
  expect(await answer.json()).toMatchObject({ provider: 'openai' });
});
