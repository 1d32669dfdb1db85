import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { memoryArchiveStore, type ArchiveStore } from '../src/index.ts';
import { sqliteArchiveStore } from '../src/node.ts';
import { entry, testVault, type TestVault } from './test-vault.ts';

const { privateKey: checkpointKey } = generateKeyPairSync('ed25519');

/** Values where others are expected. */
const value = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    1.5,
    1e308,
    '',
    'a',
    'b',
    '..',
    '2026-03-01T00:00:00Z',
    [],
    {},
    ['a'],
    [null],
  ),
  fc.constantFrom<unknown>('\u0000', '\ud800', 'x'.repeat(5000), { key: 'a', value: 'b' }, { __proto__: null, a: 1 }),
  fc.jsonValue({ maxDepth: 2 }),
);
const field = fc.constantFrom(
  ...['id', 'session_id', 'data', 'archived_at', 'retention_days', 'tags', 'metadata', 'policy_id', 'name', 'lock'],
  ...['compliance_level', 'max_retention_days', 'auto_delete', 'reason', 'mode', 'until', 'archive_ids', 'reference'],
  ...['dry_run', 'max_erasures', 'max_deletions', 'max_share', 'limit', 'cursor'],
);
const object = fc.dictionary(field, value, { maxKeys: 6 });
const sensible = fc.constantFrom<Record<string, unknown>>(
  entry({ id: 'a' }),
  { policy_id: 'p', name: 'P', retention_days: 9 },
  { mode: 'governance', until: '2027-01-01T00:00:00Z' },
  { archive_ids: ['a'] },
);
const body = fc.oneof(
  object.map((one) => JSON.stringify(one)),
  fc.tuple(sensible, object).map(([one, wrong]) => JSON.stringify({ ...one, ...wrong })),
  fc.array(object, { maxLength: 3 }).map((some) => JSON.stringify(some)),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.uint8Array({ maxLength: 60 }),
  fc.constant(undefined),
);
const id = fc.constantFrom('a', 'b', 'p', 'batch', '%00', '%2e%2e', 'a%2Fb', '%ff', 'é', ' ', '0', 'x'.repeat(300));
const path = fc.oneof(
  fc.constantFrom(
    ...['/archive', '/archive/batch', '/policies', '/erasures', '/retention/sweep', '/keys/rewrap', '/nothing'],
    ...['/audit', '/audit/checkpoint', '/audit/proof', '/audit/consistency', '/capabilities'],
  ),
  fc
    .tuple(id, fc.constantFrom('', '/metadata', '/content', '/policy', '/legal-hold', '/lock', '/x'))
    .map(([each, rest]) => `/archive/${each}${rest}`),
  id.map((each) => `/policies/${each}`),
  id.map((each) => `/uploads/${each}`),
);
const query = fc.dictionary(
  fc.constantFrom(
    ...['session_id', 'tag', 'metadata_key', 'metadata_value', 'legal_hold', 'as_of', 'archived_after', 'page_size'],
    ...['cursor', 'page', 'sequence', 'from', 'compliance_level'],
  ),
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.constantFrom('1', '-1', '1e9', 'true', '2026-03-01T00:00:00Z'),
  ),
  { maxKeys: 3 },
);
const headers = fc.dictionary(
  fc.constantFrom(
    ...['content-type', 'content-encoding', 'x-encryption-enabled', 'x-bypass-governance', 'idempotency-key', 'range'],
    ...['if-none-match', 'accept', 'upload-complete', 'upload-offset', 'upload-length', 'archive-entry', 'repr-digest'],
  ),
  fc.constantFrom(
    ...['', 'x', '?1', '?0', '0', '-5', 'true', 'bytes=0-', 'bytes=9-1', 'gzip', 'zstd', '*', 'text/html', ':YQ==:'],
    ...['application/json', 'application/partial-upload', 'application/vnd.llm-memory-graph.sealed-frames'],
  ),
  { maxKeys: 3 },
);
const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS');

async function vaultOver(store: ArchiveStore): Promise<TestVault> {
  const vault = testVault({ store, checkpointKey });
  await vault.json('POST', '/api/v1/archive', entry({ id: 'a' }));
  return vault;
}

describe('abuse', () => {
  it(
    'any request over a store in memory is answered or refused as a problem, never by a 500',
    () => abused(memoryArchiveStore()),
    60_000,
  );

  it('any request over SQLite is answered or refused as a problem, never by a 500', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vault-abuse-'));
    const store = sqliteArchiveStore({ path: join(folder, 'vault.db') });
    try {
      await abused(store);
    } finally {
      await store.close();
      await rm(folder, { recursive: true });
    }
  }, 60_000);

  async function abused(store: ArchiveStore): Promise<void> {
    const vault = await vaultOver(store);
    await fc.assert(
      fc.asyncProperty(method, path, query, headers, body, async (verb, to, asked, extra, sent) => {
        const search = new URLSearchParams(asked).toString();
        const carries = ['GET', 'HEAD'].includes(verb) ? undefined : sent;
        const target = `/api/v1${to}${search && `?${search}`}`;
        const answer = await vault.ask(verb, target, carries, extra);
        const text = await answer.text();
        expect(answer.status, `${verb} ${target}: ${text}`).toBeLessThan(500);
        if (answer.status < 400) return;
        expect(answer.headers.get('content-type')).toBe('application/problem+json');
        if (verb === 'HEAD') return;
        const told = JSON.parse(text) as { type: string; status: number; detail: string };
        expect(told.type).toMatch(/^\/problems\/[a-z-]+$/);
        expect(told.status).toBe(answer.status);
        expect(told.detail.length).toBeLessThan(500);
      }),
      { numRuns: 3000, seed: 21 },
    );
    // It still works.
    expect((await vault.ask('POST', '/api/v1/archive', JSON.stringify(entry({ id: 'z' })))).status).toBe(200);
  }
});
