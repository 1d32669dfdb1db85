import { createPublicKey, generateKeyPairSync } from 'node:crypto';

import {
  archiveReceipt,
  auditCheckpoint,
  auditConsistency,
  auditPage,
  auditProof,
  type AuditCheckpoint,
  type AuditEntry,
} from '@llm-memory-graph/contracts';
import { describe, expect, it } from 'vitest';

import { verifyAudit, verifyAuditTrail, verifyCheckpoint, verifyConsistency, verifyInclusion } from '../src/audit.ts';
import { nextAuditEntry, type AuditEvent } from '../src/audit/audit-entry.ts';
import { entry, testVault, type TestVault } from './test-vault.ts';

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

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519').publicKey;

/** A vault with `entries` audit entries of the tenant `acme`. */
async function signingVault(entries: number): Promise<TestVault> {
  const vault = testVault({ checkpointKey: privateKey });
  for (let i = 0; i < entries; i += 100) {
    const batch = Array.from({ length: Math.min(100, entries - i) }, (_, j) => entry({ id: `a${i + j}`, data: i + j }));
    await vault.json('POST', '/api/v1/archive/batch', batch);
  }
  return vault;
}

async function checkpointOf({ json }: TestVault): Promise<AuditCheckpoint> {
  return auditCheckpoint.decode(await json('GET', '/api/v1/audit/checkpoint'));
}

async function entriesOf({ json }: TestVault): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  for (let cursor = ''; ;) {
    const page = auditPage.decode(await json('GET', `/api/v1/audit?page_size=1000${cursor}`));
    entries.push(...page.entries);
    if (page.nextCursor === null) return entries;
    cursor = `&cursor=${page.nextCursor}`;
  }
}

describe('audit checkpoints', () => {
  it('V8: sign the head, so that a cut tail and a forged head both show', async () => {
    const vault = testVault({ checkpointKey: privateKey });
    expect(await checkpointOf(vault)).toMatchObject({ tenant: 'acme', sequence: 0 });
    await vault.json('POST', '/api/v1/archive/batch', [entry({ id: 'a' }), entry({ id: 'b' })]);
    const signed = await checkpointOf(vault);
    const entries = await entriesOf(vault);
    expect(signed).toMatchObject({ sequence: 2, hash: entries[1]?.hash });
    expect(verifyCheckpoint(signed, publicKey)).toBe(true);
    const changes: Partial<AuditCheckpoint>[] = [
      { sequence: 1, hash: entries[0]!.hash },
      { root: entries[0]!.hash },
      { tenant: 'globex' },
      { at: new Date(0) },
      { keyId: '0'.repeat(16) },
      { signature: '' },
    ];
    for (const change of changes) expect(verifyCheckpoint({ ...signed, ...change }, publicKey)).toBe(false);
    expect(verifyCheckpoint(signed, other)).toBe(false);
    const { audit_key } = (await vault.json('GET', '/api/v1/capabilities')) as { audit_key: string };
    expect(verifyCheckpoint(signed, createPublicKey(audit_key))).toBe(true);
  });

  it('need a private Ed25519 key, and are absent without one', async () => {
    expect(() => testVault({ checkpointKey: publicKey })).toThrow('`checkpointKey` must be a private Ed25519 key');
    for (const path of ['checkpoint', 'proof?sequence=1', 'consistency?from=1'])
      expect((await testVault().ask('GET', `/api/v1/audit/${path}`)).status).toBe(404);
  });
});

describe('audit proofs', () => {
  it('V8: prove each receipt offline, with the public key alone', async () => {
    const vault = await signingVault(700);
    const receipt = archiveReceipt.decode(await vault.json('POST', '/api/v1/archive', entry({ id: 'x' })));
    await vault.json('POST', '/api/v1/archive', entry({ id: 'y' }));
    expect(receipt.auditSequence).toBe(701);
    for (const sequence of [1, 256, 257, 512, receipt.auditSequence!, 702]) {
      const proof = auditProof.decode(await vault.json('GET', `/api/v1/audit/proof?sequence=${sequence}`));
      expect(proof.entry.sequence).toBe(sequence);
      expect(verifyInclusion(proof, publicKey), String(sequence)).toBe(true);
      expect(verifyInclusion(proof, other)).toBe(false);
      const { entry: told, path } = proof;
      const forged = [
        { ...told, detail: { ...told.detail, digest: 'sha256:00' } },
        { ...told, subject: 'z' },
        { ...told, sequence: sequence === 1 ? 2 : sequence - 1 },
        { ...told, hash: '0'.repeat(64) },
      ];
      for (const one of forged) expect(verifyInclusion({ ...proof, entry: one }, publicKey)).toBe(false);
      expect(verifyInclusion({ ...proof, path: path.slice(1) }, publicKey)).toBe(false);
      if (sequence === receipt.auditSequence) {
        expect(told).toMatchObject({ action: 'archive', subject: 'x', detail: { digest: receipt.digest } });
      }
    }
  });

  it('V8: prove that the chain only grew, and show that another chain did not', async () => {
    const vault = await signingVault(300);
    const older = await checkpointOf(vault);
    await vault.json('POST', '/api/v1/archive/batch', [entry({ id: 'x' }), entry({ id: 'y' })]);
    const grown = auditConsistency.decode(await vault.json('GET', `/api/v1/audit/consistency?from=${older.sequence}`));
    expect(grown.checkpoint.sequence).toBe(302);
    expect(verifyConsistency(older, grown, publicKey)).toBe(true);
    // A vault with the same key that tells another story of the same length.
    const liar = await signingVault(302);
    const forked = auditConsistency.decode(await liar.json('GET', '/api/v1/audit/consistency?from=300'));
    expect(verifyConsistency(older, forked, publicKey)).toBe(false);
    expect(verifyConsistency({ ...older, sequence: 299 }, grown, publicKey)).toBe(false);
  });

  it('refuse what is not there and what is no number', async () => {
    const { ask } = await signingVault(3);
    expect((await ask('GET', '/api/v1/audit/proof?sequence=4')).status).toBe(404);
    expect((await ask('GET', '/api/v1/audit/consistency?from=4')).status).toBe(404);
    for (const query of [
      'proof',
      'proof?sequence=0',
      'proof?sequence=1.0',
      'proof?sequence=1e3',
      'consistency?from=-1',
    ])
      expect((await ask('GET', `/api/v1/audit/${query}`)).status, query).toBe(400);
  });
});

describe('verifyAuditTrail', () => {
  it('V8: finds any entry changed, dropped, added or reordered before a checkpoint', async () => {
    const vault = await signingVault(40);
    const first = await checkpointOf(vault);
    await vault.json('POST', '/api/v1/archive/batch', [entry({ id: 'x' }), entry({ id: 'y' })]);
    const checkpoints = [await checkpointOf(vault), first];
    const entries = await entriesOf(vault);
    const check = (changed: readonly AuditEntry[], kept = checkpoints): string[] =>
      verifyAuditTrail({ tenant: 'acme', entries: changed, checkpoints: kept, publicKeys: [other, publicKey] }).map(
        ({ problem }) => problem,
      );
    expect(check(entries)).toEqual([]);
    expect(check([], [])).toEqual([]);
    for (let i = 0; i < entries.length; i++) {
      expect(check(entries.toSpliced(i, 1)).length, `dropped ${i}`).toBeGreaterThan(0);
      expect(check(entries.toSpliced(i, 0, entries[i]!)).length, `doubled ${i}`).toBeGreaterThan(0);
      expect(check(entries.with(i, { ...entries[i]!, actor: 'x' })).length, `changed ${i}`).toBeGreaterThan(0);
      if (i > 0)
        expect(
          check(entries.with(i, entries[i - 1]!).with(i - 1, entries[i]!)).length,
          `reordered ${i}`,
        ).toBeGreaterThan(0);
      // Who owns the database can make a chain that is whole again: only the checkpoints show it.
      expect(check(forgedAt(entries, i)), `rewritten from ${i}`).toContain(
        'the chain is not the one that the checkpoint signed',
      );
    }
    expect(check(entries.slice(0, 41))).toEqual(['entries 42 to 42 are missing']);
  });

  it('tells of checkpoints that prove nothing', async () => {
    const vault = await signingVault(2);
    const checkpoint = await checkpointOf(vault);
    const entries = await entriesOf(vault);
    const problems = (change: Partial<AuditCheckpoint>, publicKeys = [publicKey], tenant = 'acme'): string[] =>
      verifyAuditTrail({ tenant, entries, checkpoints: [{ ...checkpoint, ...change }], publicKeys }).map(
        ({ problem }) => problem,
      );
    expect(problems({}, [other])).toEqual(['the checkpoint is of an unknown key']);
    expect(problems({ at: new Date(0) })).toEqual(['the checkpoint is not signed by the vault']);
    expect(problems({ tenant: 'globex' })).toContain('the checkpoint is of another tenant');
  });
});

/** The chain with the entry at `index` changed and everything behind it linked anew. */
function forgedAt(entries: readonly AuditEntry[], index: number): AuditEntry[] {
  const forged = entries.slice(0, index);
  for (const told of entries.slice(index)) {
    const { at, actor, action, subject, detail } = told;
    const event = { at, actor: actor.replace('key:', 'kex:'), action, subject, detail } as AuditEvent;
    forged.push(nextAuditEntry('acme', forged.at(-1), event));
  }
  return forged;
}
