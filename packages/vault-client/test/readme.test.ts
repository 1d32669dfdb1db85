import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runReadme, runsSource } from '../../../readme.shared.ts';
import { served } from './served.ts';
import { apiKey, vaultFor } from './vault.ts';

const root = new URL('..', import.meta.url);
const readme = await readFile(new URL('README.md', root), 'utf8');
const examples = [...readme.matchAll(/```ts\n[\s\S]*?```/g)].map(([block]) => block);

const oneVault = () => {
  const { server } = vaultFor();
  return served((request) => server.fetch(request));
};

describe.skipIf(!runsSource)('the examples of the README run (need Node 24)', () => {
  it('there are four', () => expect(examples).toHaveLength(4));

  it.each(examples.map((block, i) => [i + 1, block] as const))('example %i', async (_i, block) => {
    const folder = await mkdtemp(join(tmpdir(), 'vault-readme-'));
    await using eu = await oneVault();
    await using us = await oneVault();
    await using ap = await oneVault();
    try {
      const file = join(folder, 'example.md');
      await writeFile(file, block);
      const { printed, promised } = await runReadme(root, pathToFileURL(file), {
        ...{ VAULT_URL: eu.url, VAULT_US_URL: us.url, VAULT_AP_URL: ap.url, VAULT_API_KEY: apiKey, TMPDIR: folder },
      });
      expect(promised.length).toBeGreaterThan(0);
      expect(printed).toEqual(promised);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
