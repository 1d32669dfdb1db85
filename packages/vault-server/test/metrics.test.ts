import { encodeSealedFrames, sealedEntry, sealedFramesMediaType } from '@llm-memory-graph/contracts';
import { generateKey, localKeyRing, seal } from '@llm-memory-graph/sealed-archive';
import { describe, expect, it } from 'vitest';

import { entry, testVault, type TestVault } from './test-vault.ts';

async function numbers({ ask }: TestVault): Promise<(series: string) => number | undefined> {
  const text = await (await ask('GET', '/metrics')).text();
  const lines = text.split('\n').filter((line) => line.startsWith('vault_'));
  const all = new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
  return (series) => all.get(`vault_${series}`);
}

describe('GET /metrics', () => {
  it('tells every series with known labels from 0 on', async () => {
    const of = await numbers(testVault());
    for (const series of [
      'archives_stored_total{sealed_by="client"}',
      'archive_bytes_stored_total{sealed_by="server"}',
      'archives_deleted_total{by="retention"}',
      'archive_bytes_deleted_total{by="erasure"}',
      'deletions_refused_total{by="request",reason="legal-hold"}',
      'changes_total{action="hold.place"}',
      'sweeps_total{outcome="clock-jump"}',
      'sealing_archives',
    ])
      expect([series, of(series)]).toEqual([series, 0]);
  });

  it('counts archives and bytes once, whoever sealed them, and what was refused', async () => {
    const vault = testVault();
    const keys = localKeyRing({ keys: { k: generateKey() }, primary: 'k' });
    const context = { tenant: 'acme', sessionId: 's', archiveId: 'sealed' };
    const { bytes, digest } = await seal(Buffer.from('content'), { context, keys });
    const own = sealedEntry.parse({ id: 'sealed', sessionId: 's', retentionDays: 1, digest });
    const frames = encodeSealedFrames([{ entry: own, content: bytes }]);
    await vault.ask('POST', '/api/v1/archive', frames, { 'content-type': sealedFramesMediaType });
    const { size } = await vault.json('POST', '/api/v1/archive', entry({ id: 'a' }));
    await vault.json('POST', '/api/v1/archive', entry({ id: 'a' }));
    await vault.json('POST', '/api/v1/archive', entry({ id: 'a', data: 'other' }));
    await vault.json('POST', '/api/v1/archive', { id: 'b' });
    await vault.json('POST', '/api/v1/archive/batch', [entry({ id: 'c' }), entry({ id: 'a', data: 'other' }), {}]);
    const of = await numbers(vault);
    expect(of('archives_stored_total{sealed_by="client"}')).toBe(1);
    expect(of('archive_bytes_stored_total{sealed_by="client"}')).toBe(bytes.length);
    expect(of('archives_stored_total{sealed_by="server"}')).toBe(2);
    expect(of('archive_bytes_stored_total{sealed_by="server"}')).toBeGreaterThan(size as number);
    expect(of('archives_refused_total{type="archive-conflict"}')).toBe(2);
    expect(of('archives_refused_total{type="validation"}')).toBe(2);
    expect(of('sealing_archives')).toBe(0);
  });

  it('counts holds, locks, policies and the deletions that they refuse', async () => {
    const vault = testVault();
    const archives = ['held', 'locked', 'free'].map((id) => entry({ id }));
    await vault.json('POST', '/api/v1/archive/batch', archives);
    await vault.json('PUT', '/api/v1/archive/held/legal-hold', { reason: 'case 7' });
    await vault.json('PUT', '/api/v1/archive/held/legal-hold', { reason: 'case 8' });
    const until = '2026-06-01T00:00:00Z';
    await vault.json('PUT', '/api/v1/archive/locked/lock', { mode: 'compliance', until });
    for (const { id } of archives as { id: string }[]) await vault.ask('DELETE', `/api/v1/archive/${id}`);
    await vault.json('POST', '/api/v1/erasures', { archive_ids: ['held', 'locked'] });
    await vault.json('POST', '/api/v1/erasures', { archive_ids: ['held'], dry_run: true });
    await vault.ask('DELETE', '/api/v1/archive/held/legal-hold');
    const of = await numbers(vault);
    expect(of('changes_total{action="hold.place"}')).toBe(1);
    expect(of('changes_total{action="hold.release"}')).toBe(1);
    expect(of('changes_total{action="lock.set"}')).toBe(1);
    expect(of('changes_total{action="erasure"}')).toBe(1);
    expect(of('archives_deleted_total{by="request"}')).toBe(1);
    for (const by of ['request', 'erasure'])
      for (const reason of ['legal-hold', 'lock'])
        expect(of(`deletions_refused_total{by="${by}",reason="${reason}"}`)).toBe(1);
  });

  it('counts sweeps by what they came to, and what they deleted', async () => {
    const vault = testVault();
    await vault.json('POST', '/api/v1/policies', {
      policy_id: 'short',
      name: 'Short',
      retention_days: 1,
      auto_delete: true,
    });
    const archives = ['a', 'b', 'c', 'held'].map((id) => entry({ id, retention_days: 1 }));
    const sizes = (await vault.json('POST', '/api/v1/archive/batch', archives))['receipts'] as { size: number }[];
    for (const { id } of archives as { id: string }[])
      await vault.ask('PUT', `/api/v1/archive/${id}/policy`, '{"policy_id":"short"}');
    await vault.json('PUT', '/api/v1/archive/held/legal-hold', { reason: 'case 7' });
    const sweep = (order: object) => vault.json('POST', '/api/v1/retention/sweep', order);
    await sweep({ dry_run: false });
    await sweep({});
    vault.clock.advance(3 * 86_400_000);
    await sweep({ dry_run: false, max_deletions: 1 });
    await sweep({ dry_run: false, max_share: 1 });
    vault.clock.setWall('2027-01-01T00:00:00Z');
    await sweep({ dry_run: false });
    const of = await numbers(vault);
    for (const outcome of ['dry-run', 'first-reading', 'capped', 'done', 'clock-jump'])
      expect([outcome, of(`sweeps_total{outcome="${outcome}"}`)]).toEqual([outcome, 1]);
    expect(of('archives_deleted_total{by="retention"}')).toBe(3);
    expect(of('archive_bytes_deleted_total{by="retention"}')).toBe((sizes[0]?.size ?? 0) * 3);
    expect(of('deletions_refused_total{by="retention",reason="legal-hold"}')).toBe(1);
  });

  it('counts what waits to be sealed', async () => {
    const gate = Promise.withResolvers<undefined>();
    const sealing = {
      seal: async (...args: Parameters<typeof seal>) => {
        await gate.promise;
        return seal(...args);
      },
    };
    const vault = testVault({ sealing });
    const stored = vault.json('POST', '/api/v1/archive/batch', [entry({ id: 'a' }), entry({ id: 'b' })]);
    while ((await numbers(vault))('sealing_archives') !== 2) await new Promise(setImmediate);
    gate.resolve(undefined);
    await stored;
    expect((await numbers(vault))('sealing_archives')).toBe(0);
  });

  it('names no tenant, session or archive', async () => {
    const vault = testVault();
    const archive = entry({ id: 'secret-a', session_id: 'secret-s' });
    await vault.json('POST', '/api/v1/archive', archive);
    await vault.json('POST', '/api/v1/archive/batch', [archive, { ...archive, data: 'other' }]);
    await vault.ask('DELETE', '/api/v1/archive/secret-a');
    const text = await (await vault.ask('GET', '/metrics')).text();
    expect(text).toContain('vault_archives_deleted_total{by="request"} 1');
    expect(text).not.toMatch(/secret|acme/);
  });
});
