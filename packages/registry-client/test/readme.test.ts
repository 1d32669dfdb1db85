import { createRegistryServer, memoryRegistryStore } from '@llm-memory-graph/registry-server';
import { expect, it } from 'vitest';
import { runReadme, runsSource } from '../../../readme.shared.ts';
import { served } from './served.ts';

it.skipIf(!runsSource)('the example of the README runs (needs Node 24)', async () => {
  const server = createRegistryServer({ store: memoryRegistryStore(), keys: [{ secret: 'test-key' }] });
  await using socket = await served((request) => server.fetch(request));
  const { printed, promised } = await runReadme(new URL('..', import.meta.url), undefined, {
    REGISTRY_URL: socket.url,
    REGISTRY_API_KEY: 'test-key',
  });
  expect(promised).toHaveLength(1);
  expect(printed).toEqual(promised);
});
