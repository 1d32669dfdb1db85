import { generateKeyPairSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { verifyAudit, verifyCheckpoint, type AuditCheckpoint, type AuditEntry } from '../src/index.ts';
import { entry, testVault } from './test-vault.ts';

async function chain(): Promise<AuditEntry[]> {
  const { ask, json } = testVault();
  await json('POST', '/api/v1/archive/batch', [entry({ id: 'a' }), entry({ id: 'b' })]);
  await json('POST', '/api/v1/policies', { policy_id: 'p', name: 'P', retention_days: 9 });
  await ask('PUT', '/api/v1/archive/a/policy', '{"policy_id":"p"}');
  await ask('PUT', '/api/v1/archive/a/legal-hold', '{"reason":"case"}');
  await ask('DELETE', '/api/v1/archive/a');
  await ask('DELETE', '/api/v1/archive/a/legal-hold');
  await ask('DELETE', '/api/v1/archive/a');
  await ask('POST', '/api/v1/archive', JSON.stringify(entry({ id: 'b' })));
  const entries: AuditEntry[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = (await json('GET', `/api/v1/audit?page_size=2${cursor}`)) as {
      entries: (Omit<AuditEntry, 'at'> & { at: string })[];
      next_cursor: string | null;
      head: { sequence: number; hash: string };
    };
    entries.push(...page.entries.map((one) => ({ ...one, at: new Date(one.at) })));
    cursor = page.next_cursor === null ? null : `&cursor=${page.next_cursor}`;
    if (cursor === null) expect(page.head.hash).toBe(entries.at(-1)?.hash);
  }
  return entries;
}

describe('the audit chain', () => {
  it('tells every change once, by whom, and no content', async () => {
    const entries = await chain();
    expect(entries.map(({ action, subject }) => `${action} ${subject}`)).toEqual([
      'archive a',
      'archive b',
      'policy.create p',
      'policy.apply a',
      'hold.place a',
      'hold.release a',
      'delete a',
    ]);
    expect(new Set(entries.map((one) => one.actor)).size).toBe(1);
    expect(entries[0]?.actor).toMatch(/^key:[0-9a-f]{12}$/);
    expect(JSON.stringify(entries)).not.toMatch(/hello|session-1/);
    expect(verifyAudit('acme', entries)).toMatchObject({ ok: true, sequence: 7 });
  });

  it('V8: shows any entry changed, dropped, added, reordered or taken from another tenant', async () => {
    const entries = await chain();
    const first = entries[0]!;
    const broken: [string, AuditEntry[], number][] = [
      ['dropped at the start', entries.slice(1), 1],
      ['dropped in the middle', entries.toSpliced(3, 1), 4],
      ['doubled', entries.toSpliced(1, 0, first), 2],
      ['reordered', [entries[0]!, entries[2]!, entries[1]!, ...entries.slice(3)], 2],
    ];
    const changes: Partial<AuditEntry>[] = [
      { at: new Date(0) },
      { actor: 'key:000000000000' },
      { action: 'delete' },
      { subject: 'x' },
      { detail: { ...entries[3]!.detail, extra: 1 } },
      { detail: {} },
    ];
    for (const change of changes)
      broken.push([Object.keys(change).join(), entries.with(3, { ...entries[3]!, ...change }), 4]);
    for (const [what, run, sequence] of broken)
      expect(verifyAudit('acme', run), what).toMatchObject({ ok: false, sequence });
    expect(verifyAudit('globex', entries)).toMatchObject({ ok: false, sequence: 1 });
    expect(verifyAudit('acme', entries.slice(4), entries[3])).toMatchObject({ ok: true, sequence: 7 });
  });
});

describe('audit checkpoints', () => {
  it('V8: sign the head, so that a cut tail and a forged head both show', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const { json } = testVault({ checkpointKey: privateKey });
    const checkpoint = async (): Promise<AuditCheckpoint> => {
      const { key_id: keyId, at, ...rest } = await json('GET', '/api/v1/audit/checkpoint');
      return { ...rest, keyId, at: new Date(at as string) } as AuditCheckpoint;
    };
    expect(await checkpoint()).toMatchObject({ tenant: 'acme', sequence: 0 });
    await json('POST', '/api/v1/archive/batch', [entry({ id: 'a' }), entry({ id: 'b' })]);
    const signed = await checkpoint();
    const { entries } = (await json('GET', '/api/v1/audit')) as { entries: { hash: string }[] };
    expect(signed).toMatchObject({ sequence: 2, hash: entries[1]?.hash });
    expect(verifyCheckpoint(signed, publicKey)).toBe(true);
    expect(verifyCheckpoint({ ...signed, sequence: 1, hash: entries[0]!.hash }, publicKey)).toBe(false);
    expect(verifyCheckpoint({ ...signed, tenant: 'globex' }, publicKey)).toBe(false);
    expect(verifyCheckpoint(signed, generateKeyPairSync('ed25519').publicKey)).toBe(false);
  });

  it('need a private Ed25519 key, and are absent without one', async () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    expect(() => testVault({ checkpointKey: publicKey })).toThrow('`checkpointKey` must be a private Ed25519 key');
    expect((await testVault().ask('GET', '/api/v1/audit/checkpoint')).status).toBe(404);
  });
});
