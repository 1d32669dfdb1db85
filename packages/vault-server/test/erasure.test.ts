import { generateKeyPairSync } from 'node:crypto';

import {
  auditProof,
  erasureReceipt,
  type ErasureReceipt,
  type ErasureRequestInput,
  erasureRequest,
} from '@llm-memory-graph/contracts';
import { beforeEach, describe, expect, it } from 'vitest';

import { verifyErasureReceipt, verifyInclusion } from '../src/audit.ts';
import { entry, testVault, type TestVault } from './test-vault.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');

describe('erasure', () => {
  let vault: TestVault;
  const order = (request: ErasureRequestInput, headers: Record<string, string> = {}): Promise<Response> =>
    vault.ask(
      'POST',
      '/api/v1/erasures',
      JSON.stringify(erasureRequest.encode(erasureRequest.parse(request))),
      headers,
    );
  const erase = async (request: ErasureRequestInput): Promise<ErasureReceipt> => {
    const answer = await order(request);
    expect(answer.status).toBe(200);
    return erasureReceipt.decode(await answer.json());
  };
  const held = async (): Promise<string[]> => {
    const { archives } = (await vault.json('GET', '/api/v1/archive?page_size=1000')) as {
      archives: { archive_id: string }[];
    };
    return archives.map(({ archive_id: id }) => id).sort();
  };
  const ids = (some: readonly { archiveId: string }[]): string[] => some.map(({ archiveId }) => archiveId).sort();

  beforeEach(async () => {
    vault = testVault({ checkpointKey: privateKey });
    const of = (user: string | number, id: string, session = 's'): object =>
      entry({ id, session_id: session, metadata: { user_id: user, note: 'x' } });
    const batch = [of('u-1', 'a'), of('u-1', 'b'), of('u-1', 'c'), of('u-1', 'd'), of('u-2', 'e', 't'), of(1, 'f')];
    await vault.json('POST', '/api/v1/archive/batch', batch);
    await vault.json('POST', '/api/v1/archive', entry({ id: 'u-1', tags: ['u-1'], session_id: 'u-1' }), {
      authorization: 'Bearer globex',
    });
    await vault.json('PUT', '/api/v1/archive/b/legal-hold', { reason: 'case 7' });
    await vault.json('PUT', '/api/v1/archive/c/lock', { mode: 'governance', until: '2027-01-01T00:00:00Z' });
  });

  it('V5: erases everything of one user by metadata, and tells what is held or locked', async () => {
    const receipt = await erase({ metadata: { key: 'user_id', value: 'u-1' }, reference: 'DSR-7' });
    expect(ids(receipt.erased)).toEqual(['a', 'd']);
    expect(receipt.kept).toEqual([
      { archiveId: 'b', reason: 'legal-hold' },
      { archiveId: 'c', reason: 'lock', lock: { mode: 'governance', until: new Date('2027-01-01T00:00:00Z') } },
    ]);
    expect(receipt).toMatchObject({ tenant: 'acme', reference: 'DSR-7', dryRun: false, absent: [] });
    expect(await held()).toEqual(['b', 'c', 'e', 'f']);
    for (const path of ['', '/content', '/metadata'])
      expect((await vault.ask('GET', `/api/v1/archive/a${path}`)).status).toBe(410);
    const again = await erase({ metadata: { key: 'user_id', value: 'u-1' } });
    expect(again.erased).toEqual([]);
    expect(ids(again.kept)).toEqual(['b', 'c']);
  });

  it('V5: gives a receipt whose every erasure is proven by the audit chain', async () => {
    const receipt = await erase({ sessionId: 's', reference: 'r' });
    expect(ids(receipt.erased)).toEqual(['a', 'd', 'f']);
    expect(verifyErasureReceipt(receipt, publicKey)).toBe(true);
    expect(verifyErasureReceipt(receipt, generateKeyPairSync('ed25519').publicKey)).toBe(false);
    const { erased, kept } = receipt;
    const forged: Partial<ErasureReceipt>[] = [
      { erased: erased.slice(1) },
      { erased: [...erased, { archiveId: 'e', digest: erased[0]!.digest, auditSequence: 1 }] },
      { kept: kept.slice(1) },
      { reference: 'x' },
      { tenant: 'globex' },
      { at: new Date(0) },
      { dryRun: true },
      { absent: ['x'] },
      { auditSequence: 1 },
      { signature: null },
    ];
    for (const change of forged) expect(verifyErasureReceipt({ ...receipt, ...change }, publicKey)).toBe(false);
    for (const { archiveId, digest, auditSequence } of erased) {
      const proof = auditProof.decode(await vault.json('GET', `/api/v1/audit/proof?sequence=${auditSequence}`));
      expect(verifyInclusion(proof, publicKey)).toBe(true);
      expect(proof.entry).toMatchObject({
        action: 'erase',
        subject: archiveId,
        detail: { digest, erasure_id: receipt.erasureId },
      });
    }
    const last = auditProof.decode(await vault.json('GET', `/api/v1/audit/proof?sequence=${receipt.auditSequence}`));
    expect(last.entry).toMatchObject({
      action: 'erasure',
      subject: receipt.erasureId,
      detail: { by: 'session', reference: 'r', erased: 3, kept: 2, absent: 0 },
    });
    // What the chain keeps names neither the session nor the user.
    expect(JSON.stringify(last.entry)).not.toMatch(/u-1|"s"/);
  });

  it('erases by ids, and tells which are absent', async () => {
    const receipt = await erase({ archiveIds: ['a', 'nobody', 'a', 'u-1'] });
    expect(ids(receipt.erased)).toEqual(['a']);
    expect(receipt.absent).toEqual(['nobody', 'u-1']);
    expect((await erase({ archiveIds: ['a'] })).absent).toEqual(['a']);
    const theirs = { authorization: 'Bearer globex' };
    expect((await vault.ask('GET', '/api/v1/archive/u-1', undefined, theirs)).status).toBe(200);
  });

  it('finds a number as it was written, and nothing by a part of a value', async () => {
    expect(ids((await erase({ metadata: { key: 'user_id', value: '1' }, dryRun: true })).erased)).toEqual(['f']);
    for (const value of ['u', 'U-1', 'u-1 ', '"u-1"', '1.0'])
      expect((await erase({ metadata: { key: 'user_id', value } })).erased).toEqual([]);
    expect((await erase({ metadata: { key: 'user', value: 'u-1' } })).erased).toEqual([]);
  });

  it('changes nothing in a dry run', async () => {
    const before = await vault.json('GET', '/api/v1/audit');
    const receipt = await erase({ sessionId: 's', dryRun: true });
    expect(receipt).toMatchObject({ dryRun: true, auditSequence: null });
    expect(ids(receipt.erased)).toEqual(['a', 'd', 'f']);
    expect(receipt.erased.every(({ auditSequence }) => auditSequence === null)).toBe(true);
    expect(await held()).toHaveLength(6);
    expect(await vault.json('GET', '/api/v1/audit')).toEqual(before);
  });

  it('erases nothing when more matches than was allowed', async () => {
    const answer = await order({ metadata: { key: 'note', value: 'x' }, maxErasures: 3 });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ type: '/problems/too-many-matches', max_erasures: 3 });
    expect((await order({ archiveIds: ['a', 'd'], maxErasures: 1 })).status).toBe(422);
    expect(await held()).toHaveLength(6);
  });

  it.each([
    {},
    { archive_ids: ['a'], session_id: 's' },
    { metadata: { key: 'k', value: 'v' }, session_id: 's' },
    { archive_ids: [] },
    { metadata: { key: '', value: 'v' } },
    { metadata: { key: 'k' } },
    { archive_ids: ['a'], max_erasures: 0 },
    { archive_ids: ['..'] },
  ])('refuses %j', async (request) => {
    const answer = await vault.ask('POST', '/api/v1/erasures', JSON.stringify(request));
    expect(answer.status).toBe(400);
    expect(await held()).toHaveLength(6);
  });

  it('never loses a hold or a lock that is set at the same time', async () => {
    for (let i = 0; i < 40; i++) {
      const id = `r${i}`;
      await vault.json('POST', '/api/v1/archive', entry({ id, session_id: id }));
      const lock = JSON.stringify({ mode: 'compliance', until: '2027-01-01T00:00:00Z' });
      const guard = i % 2 === 0 ? ['legal-hold', '{}'] : ['lock', lock];
      const [placed, receipt] = await Promise.all([
        vault.ask('PUT', `/api/v1/archive/${id}/${guard[0]}`, guard[1]),
        erase({ sessionId: id }),
      ]);
      const isHeld = (await vault.ask('GET', `/api/v1/archive/${id}`)).status === 200;
      expect(isHeld).toBe(placed.status === 200);
      expect(receipt.erased).toHaveLength(isHeld ? 0 : 1);
    }
  });

  it('gives a receipt without signature when the vault has no key', async () => {
    vault = testVault();
    expect(await erase({ archiveIds: ['x'] })).toMatchObject({ keyId: null, signature: null, absent: ['x'] });
  });
});
