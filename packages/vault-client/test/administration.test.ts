import { generateKeyPairSync } from 'node:crypto';
import { generateKey, localKeyRing } from '@llm-memory-graph/sealed-archive';
import { createVaultServer, memoryArchiveStore } from '@llm-memory-graph/vault-server';
import {
  verifyAudit,
  verifyCheckpoint,
  verifyConsistency,
  verifyInclusion,
} from '@llm-memory-graph/vault-server/audit';
import { describe, expect, it } from 'vitest';
import { IntegrityError, VaultClient } from '../src/index.ts';
import { archiveSealer } from '../src/node/index.ts';

const sealer = archiveSealer({ keys: localKeyRing({ keys: { k: generateKey() }, primary: 'k' }) });
const minute = 60_000;
const day = 24 * 60 * minute;
const start = Date.parse('2026-03-01T12:00:00Z');

/** A vault whose clock and signing key are ours. */
function vaultWithClock() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const clock = { time: start, now: () => clock.time, monotonic: () => clock.time };
  const server = createVaultServer({
    store: memoryArchiveStore(),
    keys: [{ secret: 'all' }, { secret: 'reader', scopes: ['read'] }],
    keyProvider: localKeyRing({ keys: { server: generateKey() }, primary: 'server' }),
    checkpointKey: privateKey,
    clock,
  });
  const fetch = async (url: string, init: RequestInit): Promise<Response> => server.fetch(new Request(url, init));
  const client = (options: object = {}) =>
    new VaultClient({ apiKey: 'all', fetch, sealer, retry: { maxAttempts: 1 }, ...options });
  return { vault: client(), client, clock, publicKey };
}

const entry = { id: 'a', sessionId: 's', data: 1 };

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('retention', () => {
  it('locks, extends, and lifts what may be lifted', async () => {
    const { vault, clock } = vaultWithClock();
    await vault.archiveSession(entry);
    const until = new Date(start + day);
    expect(await vault.retention.lock('a', { mode: 'governance', until })).toMatchObject({ lock: { until } });
    await expect(vault.deleteArchive('a')).rejects.toMatchObject({ code: 'api', status: 409 });
    const shorter = vault.retention.lock('a', { mode: 'governance', until: new Date(start + minute) });
    await expect(shorter).rejects.toMatchObject({ status: 409 });
    await vault.retention.unlock('a');
    expect((await vault.getArchiveMetadata('a')).lock).toBeNull();
    await vault.retention.lock('a', { mode: 'compliance', until });
    await expect(vault.retention.unlock('a')).rejects.toMatchObject({ status: 409 });
    // The vault believes no single reading of a clock that says that a lock is over.
    clock.time += 2 * day;
    await expect(vault.deleteArchive('a')).rejects.toMatchObject({ status: 503, retryable: true });
    clock.time += 2 * minute;
    await vault.deleteArchive('a');
  });

  it('erases by id, session and metadata, and tells what stays', async () => {
    const { vault } = vaultWithClock();
    for (const id of ['a', 'b', 'c', 'd'])
      await vault.archiveSession({ ...entry, id, sessionId: `s-${id}`, metadata: { subject: id === 'd' ? 7 : 'x' } });
    await vault.placeLegalHold('b');
    const dry = await vault.retention.erase({ archiveIds: ['a', 'b', 'none'], dryRun: true });
    expect(dry).toMatchObject({ dryRun: true, erased: [{ archiveId: 'a' }], absent: ['none'] });
    expect(dry.kept).toMatchObject([{ archiveId: 'b', reason: 'legal-hold' }]);
    expect((await vault.retention.erase({ archiveIds: ['a'] })).erased).toHaveLength(1);
    expect((await vault.retention.erase({ sessionId: 's-c' })).erased).toMatchObject([{ archiveId: 'c' }]);
    const { erased } = await vault.retention.erase({ metadata: { key: 'subject', value: '7' } });
    expect(erased).toMatchObject([{ archiveId: 'd' }]);
    for (const id of ['a', 'c', 'd']) await expect(vault.retrieveSession(id)).rejects.toMatchObject({ status: 410 });
    await expect(vault.retention.erase({ archiveIds: [] })).rejects.toMatchObject({ code: 'serialization' });
  });

  it('sweeps: a dry run unless told otherwise', async () => {
    const { vault, clock } = vaultWithClock();
    await vault.createRetentionPolicy({ policyId: 'p', name: 'P', retentionDays: 1, autoDelete: true });
    await vault.archiveSession({ ...entry, retentionDays: 1 });
    await vault.applyRetentionPolicy('a', 'p');
    expect(await vault.retention.sweep({ dryRun: false })).toMatchObject({ skipped: 'first-reading' });
    clock.time += 2 * day;
    expect(await vault.retention.sweep()).toMatchObject({ dryRun: true, archiveIds: ['a'] });
    expect(await vault.retention.sweep({ dryRun: false })).toMatchObject({ dryRun: false, archiveIds: ['a'] });
    await expect(vault.getArchiveMetadata('a')).rejects.toMatchObject({ status: 410 });
  });

  it('wraps keys of the vault anew', async () => {
    const { client } = vaultWithClock();
    await client({ sealer: undefined }).archiveSession(entry);
    expect(await client().retention.rewrapKeys()).toMatchObject({ examined: 1, failed: [], nextCursor: null });
  });

  it('needs the right to', async () => {
    const { vault, client } = vaultWithClock();
    await vault.archiveSession(entry);
    const reader = client({ apiKey: 'reader' });
    const refused = { code: 'authentication', status: 403, retryable: false };
    await expect(reader.retention.sweep()).rejects.toMatchObject(refused);
    await expect(reader.placeLegalHold('a')).rejects.toMatchObject(refused);
    await expect(reader.audit.page()).rejects.toMatchObject(refused);
  });
});

describe('audit', () => {
  it('V8: is read whole and proven against signed checkpoints', async () => {
    const { vault, publicKey } = vaultWithClock();
    const receipt = await vault.archiveSession(entry);
    const older = await vault.audit.checkpoint();
    for (let i = 0; i < 5; i++) await vault.archiveSession({ ...entry, id: `b${String(i)}` });
    expect((await vault.audit.page({ pageSize: 2 })).entries).toHaveLength(2);
    const entries = await all(vault.audit.entries());
    expect(entries.map(({ action }) => action)).toEqual(Array(6).fill('archive'));
    const newer = await vault.audit.checkpoint();
    expect(verifyCheckpoint(newer, publicKey)).toBe(true);
    expect(verifyAudit(newer.tenant, entries as never)).toMatchObject({ ok: true, head: newer.hash });
    const proof = await vault.audit.proof(receipt.auditSequence ?? 0);
    expect(verifyInclusion(proof, publicKey)).toBe(true);
    expect(proof.entry.detail).toMatchObject({ digest: receipt.digest });
    expect(verifyConsistency(older, await vault.audit.consistency(older.sequence), publicKey)).toBe(true);
  });
});

describe('what was held', () => {
  it('as of an instant, with what was deleted since', async () => {
    const { vault, clock } = vaultWithClock();
    await vault.archiveSession(entry);
    await vault.archiveSession({ ...entry, id: 'b' });
    clock.time += day;
    await vault.archiveSession({ ...entry, id: 'c' });
    await vault.deleteArchive('a');
    const then = new Date(start + minute);
    const { asOf, archives } = await vault.listArchivesAsOf(then);
    expect([asOf, archives.map(({ archiveId }) => archiveId)]).toEqual([then, ['a', 'b']]);
    expect(archives[0]?.deletedAt).toEqual(new Date(start + day));
    const seen = await all(vault.archivesAsOf(new Date(clock.time), { sessionId: 's', pageSize: 1 }));
    expect(seen.map(({ archiveId }) => archiveId)).toEqual(['b', 'c']);
    expect(await all(vault.archivesAsOf(new Date(start - day)))).toEqual([]);
  });
});

describe('sealed bytes', () => {
  it('go from one vault to another without a key', async () => {
    const [from, to] = [vaultWithClock(), vaultWithClock()];
    const inputs = ['a', 'b'].map((id) => ({ ...entry, id, tags: ['t'], metadata: { id } }));
    await from.vault.batchArchive(inputs);
    const frames = await Promise.all(['a', 'b'].map((id) => from.client({ sealer: undefined }).retrieveSealed(id)));
    const keyless = to.client({ sealer: undefined });
    expect(await keyless.archiveSealed(frames)).toMatchObject({ archived: ['a', 'b'], failed: [] });
    expect(await keyless.archiveSealed(frames.slice(0, 1))).toMatchObject({ archived: ['a'] });
    expect(await to.vault.retrieveSession('b')).toMatchObject(inputs[1]!);
    expect(await keyless.archiveSealed([])).toMatchObject({ total: 0 });
  });

  it('of other content, or sealed again, are told from the same by a sealer', async () => {
    const { vault, client } = vaultWithClock();
    const other = vaultWithClock().vault;
    await vault.archiveSession(entry);
    await other.archiveSession(entry);
    const again = await other.retrieveSealed('a');
    expect(await vault.archiveSealed([again])).toMatchObject({ archived: ['a'] });
    await expect(client({ sealer: undefined }).archiveSealed([again])).rejects.toBeInstanceOf(IntegrityError);
    const third = vaultWithClock().vault;
    await third.archiveSession({ ...entry, data: 'other' });
    await expect(vault.archiveSealed([await third.retrieveSealed('a')])).rejects.toBeInstanceOf(IntegrityError);
  });

  it('of an archive that the vault sealed stay there', async () => {
    const { client } = vaultWithClock();
    await client({ sealer: undefined }).archiveSession(entry);
    await expect(client().retrieveSealed('a')).rejects.toBeInstanceOf(IntegrityError);
  });
});
