import { startMockServices } from '@llm-memory-graph/mock-services';
import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runReadme } from '../../../readme.shared.ts';

it('the library example of the README at the top runs', async () => {
  await using services = await startMockServices();
  const folder = new URL('..', import.meta.url);
  const env = { REGISTRY_URL: services.registryUrl, VAULT_URL: services.vaultUrl, VAULT_API_KEY: services.vaultApiKey };
  try {
    const { printed, promised } = await runReadme(folder, new URL('../../../README.md', import.meta.url), env);
    expect(promised).toEqual(['1']);
    expect(printed).toEqual(promised);
  } finally {
    for (const end of ['', '-wal', '-shm']) rmSync(new URL(`graph.sqlite${end}`, folder), { force: true });
  }
});
