import { createHash, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inclusionPath, leafHash, merkleRoot, rootOfPath } from '../src/evidence/merkle.ts';
import { runManifest, runProof } from '../src/evidence/run-manifest.ts';
import {
  evidenceSigner,
  isArchiveOf,
  keepRunEvidence,
  proveArchived,
  verifyArchived,
  verifyRun,
  type EvidenceSigner,
  type JournalRun,
} from '../src/index.ts';
import { realVault } from './kit/real-vault.ts';
import { World } from './kit/world.ts';

const pemOf = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const utf8 = (text: string) => new TextEncoder().encode(text);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** The definition of RFC 9162, section 2.1.1, as it is written there. */
function byDefinition(leaves: readonly Uint8Array[]): Buffer {
  const sha256 = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return sha256(Uint8Array.of(0), leaves[0]!);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256(Uint8Array.of(1), byDefinition(leaves.slice(0, k)), byDefinition(leaves.slice(k)));
}

describe('the Merkle tree', () => {
  it('has the root that RFC 9162 defines, and a path from every leaf to it and to no other place', async () => {
    for (const size of [...Array(18).keys(), 31, 32, 33]) {
      const leaves = Array.from({ length: size }, (_, i) => utf8(`leaf ${String(i)}`));
      const hashes = await Promise.all(leaves.map(leafHash));
      const root = hex(await merkleRoot(hashes));
      expect(root).toBe(hex(byDefinition(leaves)));
      for (const [index, hash] of hashes.entries()) {
        const path = await inclusionPath(hashes, index);
        expect(hex((await rootOfPath(hash, index, size, path)) ?? utf8('none'))).toBe(root);
        const elsewhere = (index + 1) % size;
        if (elsewhere === index) continue;
        const wrong = await rootOfPath(hash, elsewhere, size, path);
        expect(wrong && hex(wrong)).not.toBe(root);
        expect(await rootOfPath(hash, index, size, [...path, hash])).toBeUndefined();
        const short = await rootOfPath(hash, index, size, path.slice(1));
        expect(short && hex(short)).not.toBe(root);
      }
    }
    expect(await rootOfPath(utf8('x'), 1, 1, [])).toBeUndefined();
    expect(await rootOfPath(utf8('x'), -1, 1, [])).toBeUndefined();
  });
});

async function archivedRun(sessions: number) {
  const world = new World();
  const vault = realVault(world.clock);
  await world.addSessions(sessions);
  const report = await world.run(world.scheduler({ vault: vault.port }));
  const [run] = report.runs;
  if (!run) throw new Error('there was no run');
  const signer = await evidenceSigner(pemOf());
  const keep = (of: JournalRun, by: EvidenceSigner = signer) =>
    keepRunEvidence(of, { lister: vault.client, vault: vault.port, signer: by });
  return { world, vault, run, signer, keep };
}

describe('the evidence of a run', () => {
  it('S7: lists what the vault holds of it, is kept in the vault, and verifies offline with the public key only', async () => {
    const { world, vault, run, signer, keep } = await archivedRun(7);
    using _ = world;
    const kept = await keep(run);
    const { data } = await vault.client.retrieveSession(kept.archiveId);
    const text = JSON.stringify(data);
    const verdict = await verifyRun(text, signer.publicKey);
    expect(verdict.ok).toBe(true);
    if (!verdict.ok) return;
    expect(verdict.evidence).toEqual(kept.manifest);
    expect(verdict.evidence).toMatchObject({
      runId: run.runId,
      archivedCount: 7,
      failedCount: 0,
      skippedCount: 0,
      size: 7,
    });
    for (const { archiveId, sessionId, version, digest, size } of verdict.evidence.sessions) {
      expect(await vault.client.getArchiveMetadata(archiveId)).toMatchObject({ sessionId, digest, size });
      expect(version).toBe(world.graph.getSession(sessionId)?.version);
      const sealed = await vault.client.retrieveSealed(archiveId);
      expect(await isArchiveOf(verdict.evidence, archiveId, sealed.content)).toBe(true);
      expect(await isArchiveOf(verdict.evidence, archiveId, sealed.content.subarray(1))).toBe(false);
      expect(await isArchiveOf(verdict.evidence, kept.archiveId, sealed.content)).toBe(false);
    }
  });

  it('is kept once, and again when the vault lists something else by then', async () => {
    const { world, vault, run, keep } = await archivedRun(2);
    using _ = world;
    const first = await keep(run);
    expect(await keep(run)).toEqual(first);
    const metadata = await vault.client.getArchiveMetadata(first.archiveId);
    expect(metadata).toMatchObject({
      retentionDays: 3650,
      tags: ['run-evidence'],
      sessionId: `run-evidence-${run.runId}`,
    });
    await vault.client.deleteArchive(first.manifest.sessions[0]!.archiveId);
    const later = await keep(run);
    expect(later.archiveId).not.toBe(first.archiveId);
    expect(later.manifest).toMatchObject({ archivedCount: 2, size: 1 });
    await expect(keep({ ...run, finishedAt: undefined })).rejects.toThrow('run: only a finished run has evidence');
  });

  it('S1: of a run that was resumed by another process is whole', async () => {
    const world = new World();
    using _ = world;
    const vault = realVault(world.clock);
    await world.addSessions(12);
    const stopped = world.scheduler({ vault: vault.port });
    stopped.on('sessionArchived', () => void stopped.stop({ graceMs: 0 }));
    const first = await world.run(stopped);
    expect(first.outcome).toBe('stopped');
    const [run] = (await world.run(world.scheduler({ vault: vault.port }))).runs;
    const signer = await evidenceSigner(pemOf());
    const { manifest } = await keepRunEvidence(run!, { lister: vault.client, vault: vault.port, signer });
    expect(run?.runId).toBe(first.runs[0]?.runId);
    expect(manifest).toMatchObject({ archivedCount: 12, size: 12 });
  });

  it('of a run without sessions verifies too', async () => {
    const { world, run, signer, keep } = await archivedRun(0);
    using _ = world;
    const { manifest } = await keep(run);
    const verdict = await verifyRun(JSON.stringify(runManifest.encode(manifest)), signer.publicKey);
    expect(verdict).toMatchObject({ ok: true, evidence: { size: 0, sessions: [] } });
  });

  it('does not verify when anything in it was changed, whatever it was', async () => {
    const { world, run, signer, keep } = await archivedRun(5);
    using _ = world;
    const manifest = (await keep(run)).manifest;
    const wire = runManifest.encode(manifest) as Record<string, unknown> & { sessions: Record<string, unknown>[] };
    const ok = async (changed: unknown) => (await verifyRun(JSON.stringify(changed), signer.publicKey)).ok;
    expect(await ok(wire)).toBe(true);
    const other = (value: unknown): unknown => {
      if (typeof value === 'number') return value + 1;
      if (typeof value !== 'string') return 7;
      if (/^\d{4}-/.test(value)) return '2031-01-01T00:00:00.000Z';
      return value.replace(/[0-9a-z]/, (char) => (char === 'a' ? 'b' : 'a'));
    };
    for (const name of Object.keys(wire)) {
      if (name === 'sessions') continue;
      expect(await ok({ ...wire, [name]: other(wire[name]) }), name).toBe(false);
    }
    for (const [i, session] of wire.sessions.entries()) {
      for (const name of Object.keys(session)) {
        const sessions = wire.sessions.with(i, { ...session, [name]: other(session[name]) });
        expect(await ok({ ...wire, sessions }), name).toBe(false);
      }
      expect(await ok({ ...wire, sessions: wire.sessions.toSpliced(i, 1) })).toBe(false);
      expect(await ok({ ...wire, sessions: [...wire.sessions, session] })).toBe(false);
      expect(await ok({ ...wire, sessions: [...wire.sessions, session], size: wire.sessions.length + 1 })).toBe(false);
    }
    expect(await ok({ ...wire, sessions: wire.sessions.toReversed() })).toBe(false);
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 3 }), async (text) => {
        expect(await verifyRun(text, signer.publicKey)).toEqual({ ok: false, problem: 'malformed' });
      }),
      { numRuns: 50 },
    );
    expect(await verifyRun('{', signer.publicKey)).toEqual({ ok: false, problem: 'malformed' });
    const stranger = await evidenceSigner(pemOf());
    const text = JSON.stringify(wire);
    expect(await verifyRun(text, stranger.publicKey)).toEqual({ ok: false, problem: 'unknown-key' });
    const forged = JSON.stringify({ ...wire, key_id: stranger.keyId });
    expect(await verifyRun(forged, stranger.publicKey)).toEqual({ ok: false, problem: 'bad-signature' });
  });

  it('proves one session without showing the others', async () => {
    const { world, run, signer, keep } = await archivedRun(6);
    using _ = world;
    const manifest = (await keep(run)).manifest;
    for (const { archiveId, sessionId } of manifest.sessions) {
      const proof = await proveArchived(manifest, archiveId);
      const text = JSON.stringify(runProof.encode(proof!));
      expect(await verifyArchived(text, signer.publicKey)).toMatchObject({
        ok: true,
        evidence: { session: { sessionId } },
      });
      for (const other of manifest.sessions)
        if (other.archiveId !== archiveId) expect(text).not.toContain(other.archiveId);
      const forged = { ...proof!, session: { ...proof!.session, sessionId: 'another' } };
      const verdict = await verifyArchived(JSON.stringify(runProof.encode(forged)), signer.publicKey);
      expect(verdict).toEqual({ ok: false, problem: 'bad-sessions' });
    }
    expect(await proveArchived(manifest, 'none')).toBeUndefined();
  });

  it('wants Ed25519 keys and shows none in an error', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const bad of [pem, 'no key', '-----BEGIN PRIVATE KEY-----\n%\n-----END PRIVATE KEY-----']) {
      const error: unknown = await evidenceSigner(bad).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).not.toContain(pem.split('\n')[1]);
    }
    const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const signer = await evidenceSigner(pemOf());
    const text = JSON.stringify({});
    await expect(verifyRun(text, spki)).resolves.toMatchObject({ problem: 'malformed' });
    expect(signer.keyId).toMatch(/^[0-9a-f]{16}$/);
  });
});
