import { randomUUID } from 'node:crypto';

import { retentionPolicy } from '@llm-memory-graph/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type AuditAction, type AuditEvent } from '../src/audit/audit-entry.ts';
import { verifyAudit } from '../src/audit/verify-audit.ts';
import { type ArchiveRecord, type ArchiveStore, type NewArchive } from '../src/store/archive-store.ts';

/** A fresh, empty store and how to get rid of it. */
export interface StoreUnderTest {
  readonly store: ArchiveStore;
  readonly dispose: () => Promise<void>;
}

const tenant = 'acme';
const now = new Date('2026-03-01T12:00:00.000Z');

function event(action: AuditAction, subject: string, at = now): AuditEvent {
  return { at, actor: 'tester', action, subject, detail: { note: 'ö', size: 3, none: null } };
}

function archive(overrides: Partial<ArchiveRecord> = {}, content = new Uint8Array([1, 2, 3, 4, 5])): NewArchive {
  const archiveId = overrides.archiveId ?? randomUUID();
  const record: ArchiveRecord = {
    tenant,
    archiveId,
    sessionId: 's-1',
    archivedAt: '2026-03-01T11:59:59.123456789Z',
    storedAt: now,
    requestedDays: 30,
    retentionDays: 30,
    expiresAt: new Date('2026-03-31T12:00:00.000Z'),
    policyId: null,
    hold: null,
    tags: ['batch', 'ünïcode'],
    metadata: '{ "n": 1.0, "__proto__": 12345678901234567890 }',
    digest: `sha256:${'ab'.repeat(32)}`,
    size: content.length,
    sealedBy: 'client',
    encrypted: true,
    compressed: false,
    revision: 1,
    ...overrides,
  };
  return { record, content, headerBytes: 2, event: event('archive', archiveId) };
}

/**
 * What every {@link ArchiveStore} must do, as a vitest suite.
 *
 * @example
 * ```ts
 * archiveStoreContract('memory', async () => ({ store: memoryArchiveStore(), dispose: async () => {} }));
 * ```
 */
export function archiveStoreContract(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`ArchiveStore: ${name}`, () => {
    let store: ArchiveStore;
    let dispose: () => Promise<void>;

    beforeEach(async () => {
      ({ store, dispose } = await create());
    });
    afterEach(() => dispose());

    const insert = async (...archives: NewArchive[]): Promise<string[]> =>
      (await store.insert(archives)).map((result) => result.outcome);
    const actions = async (of = tenant): Promise<string[]> =>
      (await store.audit(of, 0, 1000)).map((entry) => entry.action);

    it('gives a record and its content back exactly', async () => {
      const given = archive();
      expect(await store.insert([given])).toEqual([{ outcome: 'stored', record: given.record }]);
      expect(await store.find(tenant, given.record.archiveId)).toEqual({ outcome: 'held', record: given.record });
      expect([...(await store.content(tenant, given.record.archiveId))!]).toEqual([1, 2, 3, 4, 5]);
    });

    it('keeps every other field as well, and empty content', async () => {
      const { record } = archive(
        {
          hold: { reason: 'case 7', since: now },
          policyId: 'p',
          sealedBy: 'server',
          encrypted: false,
          compressed: true,
          tags: [],
        },
        new Uint8Array([9, 9]),
      );
      await insert({ record, content: new Uint8Array([9, 9]), headerBytes: 2, event: event('archive', 'x') });
      expect(await store.find(tenant, record.archiveId)).toEqual({ outcome: 'held', record });
      expect([...(await store.content(tenant, record.archiveId))!]).toEqual([9, 9]);
    });

    it('does not keep a view of the bytes it was given', async () => {
      const bytes = new Uint8Array([1, 2, 3]);
      const given = archive({}, bytes);
      await insert(given);
      bytes.fill(0);
      expect([...(await store.content(tenant, given.record.archiveId))!]).toEqual([1, 2, 3]);
    });

    it('knows nothing of what it never had', async () => {
      expect(await store.find(tenant, 'none')).toEqual({ outcome: 'absent' });
      expect(await store.content(tenant, 'none')).toBeUndefined();
      expect(await store.insert([])).toEqual([]);
      expect(await store.auditHead(tenant)).toBeUndefined();
      expect(await store.count(tenant)).toBe(0);
    });

    it('leaves alone what it holds, in one batch too, and tells what that is', async () => {
      const first = archive();
      const second = archive({ archiveId: first.record.archiveId, sessionId: 'other' }, new Uint8Array([7, 7, 7]));
      expect(await insert(first, second)).toEqual(['stored', 'held']);
      expect(await store.insert([second])).toEqual([{ outcome: 'held', record: first.record }]);
      expect([...(await store.content(tenant, first.record.archiveId))!]).toEqual([1, 2, 3, 4, 5]);
      expect(await actions()).toEqual(['archive']);
    });

    it('stores an id once when many insert it at the same time', async () => {
      const archiveId = randomUUID();
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => insert(archive({ archiveId }))));
      expect(outcomes.flat().filter((outcome) => outcome === 'stored')).toHaveLength(1);
    });

    it('changes a record only when it is still the one that was read', async () => {
      const { record, ...rest } = archive();
      await insert({ record, ...rest });
      const change = {
        retentionDays: 90,
        expiresAt: new Date('2026-05-30T12:00:00.000Z'),
        policyId: 'long',
        hold: { reason: 'case', since: now },
      };
      const changed = await store.update(record, change, event('policy.apply', record.archiveId));
      expect(changed).toEqual({ ...record, ...change, revision: 2 });
      expect(await store.find(tenant, record.archiveId)).toEqual({ outcome: 'held', record: changed });
      expect(await store.update(record, change, event('policy.apply', record.archiveId))).toBeUndefined();
      expect(await store.erase(record, event('delete', record.archiveId))).toBe(false);
      expect(await actions()).toEqual(['archive', 'policy.apply']);
    });

    it('V5: erases for good, and a late repeat does not bring it back', async () => {
      const given = archive();
      await insert(given);
      const { archiveId } = given.record;
      expect(await store.erase(given.record, event('delete', archiveId))).toBe(true);
      const deleted = { outcome: 'deleted', tombstone: { archiveId, deletedAt: now } };
      expect(await store.find(tenant, archiveId)).toEqual(deleted);
      expect(await store.insert([given])).toEqual([deleted]);
      expect(await store.content(tenant, archiveId)).toBeUndefined();
      expect((await store.list(tenant, { tag: 'batch', limit: 10 })).records).toEqual([]);
      expect(await store.erase(given.record, event('delete', archiveId))).toBe(false);
      expect(await actions()).toEqual(['archive', 'delete']);
    });

    it('keeps tenants apart', async () => {
      const given = archive();
      const { archiveId } = given.record;
      const theirs = archive({ archiveId, tenant: 'globex' }, new Uint8Array([8, 8]));
      expect(await insert(given, theirs)).toEqual(['stored', 'stored']);
      expect((await store.list('globex', { limit: 10 })).records).toEqual([theirs.record]);
      await store.erase(given.record, event('delete', archiveId));
      expect(await store.find('globex', archiveId)).toEqual({ outcome: 'held', record: theirs.record });
      expect([...(await store.content('globex', archiveId))!]).toEqual([8, 8]);
      expect(await actions('globex')).toEqual(['archive']);
      expect([await store.count(tenant), await store.count('globex')]).toEqual([0, 1]);
    });

    it('lists in the order of storing, page by page, also while archives vanish', async () => {
      const all = Array.from({ length: 7 }, (_, i) => archive({ sessionId: `s-${i}` }));
      await insert(...all);
      const ids = all.map(({ record }) => record.archiveId);
      const first = await store.list(tenant, { limit: 3 });
      expect(first.records.map((record) => record.archiveId)).toEqual(ids.slice(0, 3));
      await store.erase(all[2]!.record, event('delete', ids[2]!));
      const second = await store.list(tenant, { limit: 3, after: first.next! });
      expect(second.records.map((record) => record.archiveId)).toEqual(ids.slice(3, 6));
      const third = await store.list(tenant, { limit: 3, after: second.next! });
      expect(third.records.map((record) => record.archiveId)).toEqual(ids.slice(6));
      expect(third.next).toBeUndefined();
      expect((await store.list(tenant, { limit: 6 })).next).toBeUndefined();
    });

    it('filters by session, tag, policy, time and expiry', async () => {
      const instants = ['2026-01-01T00:00:00Z', '2026-02-01T00:00:00.5+02:00', '2026-03-01T00:00:00Z'];
      const all = instants.map((archivedAt, i) =>
        archive({
          archivedAt,
          sessionId: `s-${i}`,
          tags: [`t-${i}`, 'all'],
          policyId: `p-${i}`,
          expiresAt: new Date(Date.UTC(2027, i)),
        }),
      );
      await insert(...all);
      const sessions = async (query: object): Promise<string[]> =>
        (await store.list(tenant, { limit: 10, ...query })).records.map((record) => record.sessionId);
      expect(await sessions({ sessionId: 's-1' })).toEqual(['s-1']);
      expect(await sessions({ tag: 't-2' })).toEqual(['s-2']);
      expect(await sessions({ tag: 'all' })).toEqual(['s-0', 's-1', 's-2']);
      expect(await sessions({ policyId: 'p-0' })).toEqual(['s-0']);
      expect(await sessions({ archivedBefore: new Date('2026-01-31T22:00:00.500Z') })).toEqual(['s-0']);
      expect(await sessions({ archivedAfter: new Date('2026-01-31T22:00:00.500Z') })).toEqual(['s-1', 's-2']);
      expect(await sessions({ expiresBefore: new Date(Date.UTC(2027, 1)) })).toEqual(['s-0']);
      expect(await sessions({ tag: 'all', sessionId: 's-1', policyId: 'p-2' })).toEqual([]);
    });

    it('keeps the first policy of an id', async () => {
      const policy = retentionPolicy.parse({
        policyId: 'p',
        name: 'Ten years',
        retentionDays: 3650,
        autoDelete: true,
        createdAt: now,
        tags: ['x'],
      });
      expect(await store.insertPolicy(tenant, policy, event('policy.create', 'p'))).toEqual(policy);
      const other = { ...policy, name: 'Other' };
      expect(await store.insertPolicy(tenant, other, event('policy.create', 'p'))).toEqual(policy);
      expect(await store.findPolicy(tenant, 'p')).toEqual(policy);
      expect(await store.findPolicy('globex', 'p')).toBeUndefined();
      const early = { ...policy, policyId: 'a' };
      await store.insertPolicy(tenant, early, event('policy.create', 'a'));
      expect(await store.listPolicies(tenant)).toEqual([early, policy]);
      expect(await actions()).toEqual(['policy.create', 'policy.create']);
    });

    it('V8: chains the audit entries of each tenant, in pages', async () => {
      await Promise.all(
        Array.from({ length: 12 }, (_, i) => insert(archive(), archive({ tenant: i % 2 ? 'globex' : tenant }))),
      );
      for (const [of, count] of [
        [tenant, 18],
        ['globex', 6],
      ] as const) {
        const entries = await store.audit(of, 0, 1000);
        expect(verifyAudit(of, entries)).toEqual({ ok: true, sequence: count, head: entries.at(-1)!.hash });
        expect(await store.auditHead(of)).toEqual(entries.at(-1));
        expect(await store.audit(of, 2, 3)).toEqual(entries.slice(2, 5));
      }
    });

    it('answers a ping', async () => {
      await expect(store.ping()).resolves.toBeUndefined();
    });
  });
}
