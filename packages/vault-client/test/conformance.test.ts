import { generateKey, localKeyRing } from '@llm-memory-graph/sealed-archive';
import { describe, expect, it } from 'vitest';
import { VaultClient, type Vault } from '../src/index.ts';
import { archiveSealer } from '../src/node/index.ts';
import { memoryVault, vaultContract } from '../src/testing/index.ts';
import { threeRegions } from './regions.ts';
import { served } from './served.ts';
import { apiKey, vaultFor } from './vault.ts';

const sealer = archiveSealer({ keys: localKeyRing({ keys: { k: generateKey() }, primary: 'k' }) });

describe('H9: one conformance suite', () => {
  describe.each(vaultContract)('$title', ({ check }) => {
    it('in memory', () => check(memoryVault()));

    it('over HTTP, sealed by the vault', () => check(vaultFor().client()));

    it('over HTTP, sealed by the client', () => check(vaultFor().client({ sealer })));

    it('over HTTP, with everything cached', () => {
      const life = { ttlMs: 60_000, staleMs: 60_000 };
      return check(vaultFor().client({ sealer, cache: { archives: life, policies: life } }));
    });

    it('over three regions, the nearest one damaged', async () => {
      const { vault, eu } = threeRegions({ lagMs: 10_000 });
      eu.fault = 'corrupt';
      await check(vault);
    });

    it('over three regions with a primary', () =>
      check(threeRegions({ lagMs: 10_000, writeTo: { primary: 'us' } }).vault));

    it('over a socket', async () => {
      const { server } = vaultFor();
      await using socket = await served((request) => server.fetch(request));
      await check(new VaultClient({ apiKey, baseUrl: socket.url, sealer }));
    });
  });

  it('notices a vault that breaks it', async () => {
    const good = memoryVault();
    const broken: Vault = Object.assign(Object.create(good) as Vault, {
      archiveSession: (...args: Parameters<Vault['archiveSession']>) => good.archiveSession(...args),
      deleteArchive: () => Promise.resolve(),
    });
    const rule = vaultContract.find(({ title }) => title.startsWith('deletes for good'));
    await expect(rule?.check(broken)).rejects.toThrow('expected');
  });
});
