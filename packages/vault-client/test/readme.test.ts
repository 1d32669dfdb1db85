import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { methodsOf, namesOf, runReadme, runsSource, untold } from '../../../readme.shared.ts';
import {
  MultiRegionVault,
  VaultClient,
  type ArchiveFilter,
  type ArchiveStreamOptions,
  type MultiRegionEvents,
  type MultiRegionOptions,
  type RegionOptions,
  type RepairOptions,
  type RepairReport,
  type VaultCacheOptions,
  type VaultClientOptions,
} from '../src/index.ts';
import type { ArchiveSealerOptions, FileSpoolOptions } from '../src/node/index.ts';
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

const options = namesOf<VaultClientOptions>({
  apiKey: true,
  baseUrl: true,
  sealer: true,
  encryptionEnabled: true,
  compressionEnabled: true,
  service: true,
  timeoutMs: true,
  deadlineMs: true,
  retry: true,
  breaker: true,
  maxResponseBytes: true,
  cache: true,
  headers: true,
  fetch: true,
  logger: true,
  logExchanges: true,
  clock: true,
  random: true,
  batchSize: true,
  maxBatchBytes: true,
});
const cache = namesOf<VaultCacheOptions>({
  archives: true,
  policies: true,
  maxEntries: true,
  maxBytes: true,
});
const sealer = namesOf<ArchiveSealerOptions>({
  keys: true,
  tenant: true,
  compression: true,
  level: true,
  dictionaries: true,
  sealing: true,
  maxContentBytes: true,
});
const stream = namesOf<Omit<ArchiveStreamOptions, 'signal' | 'timeoutMs' | 'deadlineMs' | 'headers' | 'onAnswer'>>({
  partBytes: true,
  onProgress: true,
  spool: true,
  onToken: true,
});
const regions = namesOf<Omit<MultiRegionOptions & RegionOptions, keyof VaultClientOptions>>({
  name: true,
  regions: true,
  writeTo: true,
  lagMs: true,
  hedgeAfterMs: true,
  maxPending: true,
});
const repair = [
  ...namesOf<RepairOptions>({
    full: true,
    verify: true,
    windowSize: true,
    signal: true,
    timeoutMs: true,
    headers: true,
  }),
  ...namesOf<RepairReport>({ examined: true, mended: true, blocked: true, undecided: true, unreachable: true }),
];
const events = namesOf<MultiRegionEvents>({
  lagging: true,
  copied: true,
  deleted: true,
  aligned: true,
  corrupt: true,
  blocked: true,
  forgotten: true,
});
const filter = namesOf<ArchiveFilter>({
  sessionId: true,
  tag: true,
  policyId: true,
  complianceLevel: true,
  metadata: true,
  legalHold: true,
  sealedBy: true,
  archivedAfter: true,
  archivedBefore: true,
  expiresBefore: true,
});

it.each([
  ['option', options],
  ['option of the cache', cache],
  ['option of a sealer', sealer],
  ['option of a spool', namesOf<FileSpoolOptions>({ folder: true })],
  ['option of a stream', stream],
  ['option of several regions', regions],
  ['option and result of a repair', repair],
  ['event', events],
  ['filter', filter],
  ['method', methodsOf(VaultClient, MultiRegionVault)],
  ['error', ['IntegrityError', 'isIntegrityError', 'archiveId']],
])('the README tells of every %s', async (_what, names) => {
  expect(await untold(root, names)).toEqual([]);
});
