import { generateKey, inspect, localKeyRing, type KeyProvider } from '@llm-memory-graph/sealed-archive';
import { auditPage, rewrapReport, type RewrapReport } from '@llm-memory-graph/contracts';
import { describe, expect, it } from 'vitest';

import { verifyAudit } from '../src/audit.ts';
import { memoryArchiveStore, type ArchiveStore } from '../src/index.ts';
import { entry, testVault, type TestVault } from './test-vault.ts';

const january = localKeyRing({ keys: { '2026-01': generateKey() }, primary: '2026-01' });
const february = january.rotate('2026-02', generateKey());

async function contentOf({ ask }: TestVault, id: string): Promise<Uint8Array> {
  return new Uint8Array(await (await ask('GET', `/api/v1/archive/${id}/content`)).arrayBuffer());
}

async function rewrapAll({ json }: TestVault, order: object = {}): Promise<RewrapReport[]> {
  const reports: RewrapReport[] = [];
  for (let cursor: string | null = null; ;) {
    const body: object = { limit: 2, ...order, ...(cursor !== null && { cursor }) };
    const report: RewrapReport = rewrapReport.decode(await json('POST', '/api/v1/keys/rewrap', body));
    reports.push(report);
    if (report.nextCursor === null) return reports;
    cursor = report.nextCursor;
  }
}

const total = (reports: readonly RewrapReport[]): number => reports.reduce((sum, { rewrapped }) => sum + rewrapped, 0);

/** A vault with five archives under the January key, and the same store behind the keys given. */
async function rotated(
  keyProvider: KeyProvider,
): Promise<{ store: ArchiveStore; before: TestVault; after: TestVault }> {
  const store = memoryArchiveStore();
  const before = testVault({ store, keyProvider: january });
  for (let i = 0; i < 5; i++)
    await before.json('POST', '/api/v1/archive', entry({ id: `a${i}`, data: { n: i, text: '1.0' } }));
  const plain = { 'x-encryption-enabled': 'false' };
  await before.json('POST', '/api/v1/archive', entry({ id: 'plain' }), plain);
  return { store, before, after: testVault({ store, keyProvider }) };
}

describe('key rotation', () => {
  it('V3: wraps the data keys of all archives anew, page by page, and touches no content', async () => {
    const { store, before, after } = await rotated(february);
    const old = await contentOf(before, 'a3');
    expect(total(await rewrapAll(after, { dry_run: true }))).toBe(5);
    expect(await contentOf(after, 'a3')).toEqual(old);
    const reports = await rewrapAll(after);
    expect(total(reports)).toBe(5);
    expect(reports.every(({ failed }) => failed.length === 0)).toBe(true);
    expect(reports.reduce((sum, { examined }) => sum + examined, 0)).toBe(6);
    const rewrapped = await contentOf(after, 'a3');
    expect(inspect(rewrapped).keyIds).toEqual(['2026-02']);
    expect(rewrapped.subarray(inspect(rewrapped).headerBytes)).toEqual(old.subarray(inspect(old).headerBytes));
    const metadata = await after.json('GET', '/api/v1/archive/a3/metadata');
    expect(metadata).toMatchObject({ size: rewrapped.length });
    expect(total(await rewrapAll(after))).toBe(0);
    // The January key is no longer needed for anything.
    const retired = testVault({ store, keyProvider: february.retire('2026-01') });
    for (let i = 0; i < 5; i++)
      expect(await retired.json('GET', `/api/v1/archive/a${i}`)).toMatchObject({ data: { n: i, text: '1.0' } });
    const { entries } = auditPage.decode(await after.json('GET', '/api/v1/audit'));
    expect(entries.at(-1)).toMatchObject({ action: 'rewrap', detail: { key_ids: '2026-02' } });
    expect(verifyAudit('acme', entries)).toMatchObject({ ok: true });
  });

  it('goes on after a failure of the keys with what is left', async () => {
    let calls = 0;
    const failing: KeyProvider = {
      wrap: (dataKey, context) => february.wrap(dataKey, context),
      unwrap: (wrapped, context) => {
        if (++calls === 3) throw new Error('the keys are away');
        return february.unwrap(wrapped, context);
      },
    };
    const { after } = await rotated(failing);
    expect((await after.ask('POST', '/api/v1/keys/rewrap', '{}')).status).toBe(503);
    expect(total(await rewrapAll(after))).toBe(3);
  });

  it('reports what no key opens, and leaves it as it is', async () => {
    const other = localKeyRing({ keys: { '2026-03': generateKey() }, primary: '2026-03' });
    const { before, after } = await rotated(other);
    const old = await contentOf(before, 'a0');
    const reports = await rewrapAll(after);
    expect(reports.flatMap(({ failed }) => failed)).toEqual(['a0', 'a1', 'a2', 'a3', 'a4']);
    expect(total(reports)).toBe(0);
    expect(await contentOf(after, 'a0')).toEqual(old);
  });

  it('works while archives are read, held and deleted', async () => {
    const { after } = await rotated(february);
    await Promise.all([
      rewrapAll(after),
      after.ask('DELETE', '/api/v1/archive/a4'),
      after.ask('PUT', '/api/v1/archive/a2/legal-hold', '{}'),
      ...[0, 1, 2, 3].map((i) => after.ask('GET', `/api/v1/archive/a${i}`)),
    ]);
    expect(total(await rewrapAll(after))).toBe(0);
    expect((await after.ask('GET', '/api/v1/archive/a4')).status).toBe(410);
    expect(await after.json('GET', '/api/v1/archive/a2')).toMatchObject({ data: { n: 2 } });
    expect(await after.json('GET', '/api/v1/archive/a2/metadata')).toMatchObject({ legal_hold: { reason: '' } });
  });

  it('refuses a cursor that is none, and callers without the right', async () => {
    const { ask } = testVault();
    expect((await ask('POST', '/api/v1/keys/rewrap', '{"cursor":"junk"}')).status).toBe(400);
    const writer = { authorization: 'Bearer writer' };
    expect((await ask('POST', '/api/v1/keys/rewrap', '{}', writer)).status).toBe(403);
  });
});
