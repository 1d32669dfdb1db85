import { createRegistryServer, memoryRegistryStore } from '@llm-memory-graph/registry-server';
import { describe, expect, it } from 'vitest';
import { RegistryClient, type Registry } from '../src/index.ts';
import { conformanceModels, memoryRegistry, registryContract } from '../src/testing/index.ts';
import { served } from './served.ts';

async function realServer() {
  const store = memoryRegistryStore();
  await store.saveModels(conformanceModels);
  return createRegistryServer({ store, keys: [{ secret: 'test-key' }] });
}

describe('H9: one conformance suite', () => {
  describe.each(registryContract)('$title', ({ check }) => {
    it('in memory', () => check(memoryRegistry({ models: conformanceModels })));

    it('over HTTP, in this process', async () => {
      const server = await realServer();
      const fetch = async (url: string, init: RequestInit) => server.fetch(new Request(url, init));
      await check(new RegistryClient({ apiKey: 'test-key', fetch }));
    });

    it('over HTTP, with everything cached', async () => {
      const server = await realServer();
      const fetch = async (url: string, init: RequestInit) => server.fetch(new Request(url, init));
      const life = { ttlMs: 60_000, staleMs: 60_000 };
      await check(new RegistryClient({ apiKey: 'test-key', fetch, cache: { models: life, usage: life } }));
    });

    it('over a socket', async () => {
      const server = await realServer();
      await using socket = await served((request) => server.fetch(request));
      await check(new RegistryClient({ apiKey: 'test-key', baseUrl: socket.url }));
    });
  });

  it('notices a registry that breaks it', async () => {
    const good = memoryRegistry({ models: conformanceModels });
    const broken: Registry = Object.assign(Object.create(good) as Registry, {
      registerSession: (...args: Parameters<Registry['registerSession']>) => good.registerSession(...args),
      trackUsageBatch: async () => ({ accepted: 2, duplicates: 0, rejected: [] }),
    });
    const rule = registryContract.find(({ title }) => title.startsWith('takes the rest of a batch'));
    await expect(rule?.check(broken)).rejects.toThrow('expected');
  });
});
