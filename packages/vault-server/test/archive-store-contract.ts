import { randomUUID } from 'node:crypto';

import { retentionPolicy } from '@llm-memory-graph/contracts';
import { digestOf } from '@llm-memory-graph/sealed-archive';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { reread } from '../src/archive/reread.ts';
import { type AuditAction, type AuditEvent } from '../src/audit/audit-entry.ts';
import { verifyAudit } from '../src/audit/verify-audit.ts';
import {
  type ArchiveRecord,
  type ArchiveStore,
  type HistoryQuery,
  type NewArchive,
} from '../src/store/archive-store.ts';
import { sessionDigest } from '../src/store/session-digest.ts';

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

function archive(overrides: Partial<NewArchive['record']> = {}, content = new Uint8Array([1, 2, 3, 4, 5])): NewArchive {
  const archiveId = overrides.archiveId ?? randomUUID();
  const record = {
    tenant,
    archiveId,
    sessionId: 's-1',
    archivedAt: '2026-03-01T11:59:59.123456789Z',
    storedAt: now,
    requestedDays: 30,
    retentionDays: 30,
    expiresAt: new Date('2026-03-31T12:00:00.000Z'),
    policyIds: [],
    hold: null,
    lock: null,
    tags: ['batch', 'ünïcode'],
    metadata: '{ "n": 1.0, "__proto__": 12345678901234567890 }',
    digest: `sha256:${'ab'.repeat(32)}`,
    size: content.length,
    sealedBy: 'client' as const,
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
    /** Inserts and gives the record as it stands. */
    const held = async (given: NewArchive): Promise<ArchiveRecord> => {
      const [result] = await store.insert([given]);
      if (result?.outcome !== 'stored') throw new Error('was not stored');
      return result.record;
    };
    const actions = async (of = tenant): Promise<string[]> =>
      (await store.audit(of, 0, 1000)).map((entry) => entry.action);

    it('gives a record and its content back exactly', async () => {
      const given = archive();
      const record = await held(given);
      expect(record).toEqual({ ...given.record, auditSequence: 1 });
      expect(await store.find(tenant, given.record.archiveId)).toEqual({ outcome: 'held', record });
      expect([...(await store.content(tenant, given.record.archiveId))!]).toEqual([1, 2, 3, 4, 5]);
    });

    it('keeps every other field as well, and empty content', async () => {
      const { record } = archive(
        {
          hold: { reason: 'case 7', since: now },
          lock: { mode: 'governance', until: new Date('2027-01-01T00:00:00.000Z') },
          policyIds: ['p', 'q'],
          sealedBy: 'server',
          encrypted: false,
          compressed: true,
          tags: [],
        },
        new Uint8Array([9, 9]),
      );
      await insert({ record, content: new Uint8Array([9, 9]), headerBytes: 2, event: event('archive', 'x') });
      expect(await store.find(tenant, record.archiveId)).toEqual({
        outcome: 'held',
        record: { ...record, auditSequence: 1 },
      });
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
      expect(await store.insert([second])).toEqual([
        { outcome: 'held', record: { ...first.record, auditSequence: 1 } },
      ]);
      expect([...(await store.content(tenant, first.record.archiveId))!]).toEqual([1, 2, 3, 4, 5]);
      expect(await actions()).toEqual(['archive']);
    });

    it('stores an id once when many insert it at the same time', async () => {
      const archiveId = randomUUID();
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => insert(archive({ archiveId }))));
      expect(outcomes.flat().filter((outcome) => outcome === 'stored')).toHaveLength(1);
    });

    it('changes a record only when it is still the one that was read', async () => {
      const record = await held(archive());
      const change = {
        retentionDays: 90,
        expiresAt: new Date('2026-05-30T12:00:00.000Z'),
        policyIds: ['long'],
        hold: { reason: 'case', since: now },
        lock: { mode: 'compliance', until: new Date('2026-05-30T12:00:00.000Z') },
      } as const;
      const changed = await store.update(record, change, event('policy.apply', record.archiveId));
      expect(changed).toEqual({ ...record, ...change, revision: 2 });
      expect(await store.find(tenant, record.archiveId)).toEqual({ outcome: 'held', record: changed });
      expect(await store.update(record, change, event('policy.apply', record.archiveId))).toBeUndefined();
      expect(await store.erase(record, event('delete', record.archiveId))).toBeUndefined();
      expect(await actions()).toEqual(['archive', 'policy.apply']);
      expect((await store.list(tenant, { policyIds: ['long', 'none'], limit: 9 })).records).toEqual([changed]);
    });

    it('V5: erases for good, and a late repeat does not bring it back', async () => {
      const given = archive();
      const record = await held(given);
      const { archiveId, sessionId, digest, size, storedAt } = record;
      const entry = await store.erase(record, event('delete', archiveId));
      expect(entry).toEqual(await store.auditHead(tenant));
      const session = sessionDigest(tenant, sessionId);
      const rest = { archiveId, digest, size, storedAt, session, auditSequence: 2 };
      const deleted = { outcome: 'deleted', tombstone: { ...rest, deletedAt: now } };
      expect(await store.find(tenant, archiveId)).toEqual(deleted);
      expect(await store.insert([given])).toEqual([deleted]);
      expect(await store.content(tenant, archiveId)).toBeUndefined();
      expect((await store.list(tenant, { tag: 'batch', limit: 10 })).records).toEqual([]);
      expect(await store.erase(record, event('delete', archiveId))).toBeUndefined();
      expect(await actions()).toEqual(['archive', 'delete']);
    });

    it('keeps tenants apart', async () => {
      const ours = await held(archive());
      const { archiveId } = ours;
      const theirs = await held(archive({ archiveId, tenant: 'globex' }, new Uint8Array([8, 8])));
      expect((await store.list('globex', { limit: 10 })).records).toEqual([theirs]);
      expect((await store.list('globex', { tag: 'batch', limit: 10 })).records).toEqual([theirs]);
      await store.erase(ours, event('delete', archiveId));
      expect(await store.find('globex', archiveId)).toEqual({ outcome: 'held', record: theirs });
      expect((await store.history('globex', { at: now, limit: 9 })).archives).toHaveLength(1);
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
      await store.erase(first.records[2]!, event('delete', ids[2]!));
      const second = await store.list(tenant, { limit: 3, after: first.next! });
      expect(second.records.map((record) => record.archiveId)).toEqual(ids.slice(3, 6));
      const third = await store.list(tenant, { limit: 3, after: second.next! });
      expect(third.records.map((record) => record.archiveId)).toEqual(ids.slice(6));
      expect(third.next).toBeUndefined();
      expect((await store.list(tenant, { limit: 6 })).next).toBeUndefined();
    });

    it('filters by session, tag, policy, metadata, hold, sealer, time and expiry', async () => {
      const instants = ['2026-01-01T00:00:00Z', '2026-02-01T00:00:00.5+02:00', '2026-03-01T00:00:00Z'];
      const all = instants.map((archivedAt, i) =>
        archive({
          archivedAt,
          sessionId: `s-${i}`,
          tags: [`t-${i}`, 'all'],
          policyIds: [`p-${i}`, 'p-all'],
          metadata: `{"user":"u-${i}","n":${i}.0,"ok":${i === 0},"none":null,"list":[1],"user_id":"${'x'.repeat(300)}${i}"}`,
          hold: i === 1 ? { reason: '', since: now } : null,
          sealedBy: i === 2 ? 'server' : 'client',
          expiresAt: new Date(Date.UTC(2027, i)),
        }),
      );
      await insert(...all);
      const sessions = async (query: object): Promise<string[]> =>
        (await store.list(tenant, { limit: 10, ...query })).records.map((record) => record.sessionId);
      expect(await sessions({ sessionId: 's-1' })).toEqual(['s-1']);
      expect(await sessions({ tag: 't-2' })).toEqual(['s-2']);
      expect(await sessions({ tag: 'all' })).toEqual(['s-0', 's-1', 's-2']);
      expect(await sessions({ policyIds: ['p-0'] })).toEqual(['s-0']);
      expect(await sessions({ policyIds: ['p-2', 'p-0', 'none'] })).toEqual(['s-0', 's-2']);
      expect(await sessions({ policyIds: [] })).toEqual([]);
      expect(await sessions({ metadata: { key: 'user', value: 'u-1' } })).toEqual(['s-1']);
      expect(await sessions({ metadata: { key: 'n', value: '2.0' } })).toEqual(['s-2']);
      expect(await sessions({ metadata: { key: 'n', value: '2' } })).toEqual([]);
      expect(await sessions({ metadata: { key: 'ok', value: 'true' } })).toEqual(['s-0']);
      expect(await sessions({ metadata: { key: 'none', value: 'null' } })).toEqual([]);
      expect(await sessions({ metadata: { key: 'user_id', value: `${'x'.repeat(300)}1` } })).toEqual(['s-1']);
      expect(await sessions({ held: true })).toEqual(['s-1']);
      expect(await sessions({ held: false })).toEqual(['s-0', 's-2']);
      expect(await sessions({ sealedBy: 'server' })).toEqual(['s-2']);
      expect(await sessions({ archivedBefore: new Date('2026-01-31T22:00:00.500Z') })).toEqual(['s-0']);
      expect(await sessions({ archivedAfter: new Date('2026-01-31T22:00:00.500Z') })).toEqual(['s-1', 's-2']);
      expect(await sessions({ expiresBefore: new Date(Date.UTC(2027, 1)) })).toEqual(['s-0']);
      expect(await sessions({ tag: 'all', sessionId: 's-1', policyIds: ['p-2'] })).toEqual([]);
    });

    it('tells what it held at an instant, also of what was deleted since, page by page', async () => {
      const at = (minute: number): Date => new Date(now.getTime() + minute * 60_000);
      const records: ArchiveRecord[] = [];
      for (let i = 0; i < 5; i++)
        records.push(await held(archive({ storedAt: at(i), sessionId: `s-${i % 2}`, archiveId: `a-${i}` })));
      await store.erase(records[0]!, event('delete', 'a-0', at(3)));
      await store.erase(records[3]!, event('delete', 'a-3', at(5)));
      const ids = async (query: Partial<HistoryQuery>): Promise<string[]> => {
        const found: string[] = [];
        for (let after: number | undefined = 0; after !== undefined;) {
          const page = await store.history(tenant, { at: at(9), limit: 2, ...query, after });
          expect(page.archives.length).toBeLessThanOrEqual(2);
          found.push(...page.archives.map(({ archiveId }) => archiveId));
          after = page.next;
        }
        return found;
      };
      expect(await ids({ at: at(-1) })).toEqual([]);
      expect(await ids({ at: at(2) })).toEqual(['a-0', 'a-1', 'a-2']);
      expect(await ids({ at: at(3) })).toEqual(['a-1', 'a-2', 'a-3']);
      expect(await ids({})).toEqual(['a-1', 'a-2', 'a-4']);
      expect(await ids({ at: at(4), sessionId: 's-1' })).toEqual(['a-1', 'a-3']);
      expect(await ids({ at: at(2), sessionId: 's-0' })).toEqual(['a-0', 'a-2']);
      expect((await store.history(tenant, { at: at(2), limit: 1 })).archives).toEqual([
        {
          archiveId: 'a-0',
          sessionId: null,
          digest: records[0]!.digest,
          size: 5,
          storedAt: now,
          deletedAt: at(3),
          auditSequence: 6,
        },
      ]);
      expect((await store.history(tenant, { at: at(4), sessionId: 's-1', limit: 1 })).archives[0]).toMatchObject({
        sessionId: 's-1',
        deletedAt: null,
        auditSequence: 2,
      });
    });

    it('V3: exchanges the header alone, only of the record that was read', async () => {
      const record = await held(archive());
      const header = { header: new Uint8Array([8, 8, 8, 8]), digest: `sha256:${'cd'.repeat(32)}`, size: 7 };
      const rewrapped = await store.rewrap(record, header, event('rewrap', record.archiveId));
      expect(rewrapped).toEqual({ ...record, digest: header.digest, size: 7, revision: 2 });
      expect(await store.find(tenant, record.archiveId)).toEqual({ outcome: 'held', record: rewrapped });
      expect([...(await store.content(tenant, record.archiveId))!]).toEqual([8, 8, 8, 8, 3, 4, 5]);
      expect(await store.rewrap(record, header, event('rewrap', record.archiveId))).toBeUndefined();
      expect(await actions()).toEqual(['archive', 'rewrap']);
    });

    it('S1: reads again what it holds: digests of the bytes, not those it was told', async () => {
      const contents = Array.from({ length: 40 }, (_, i) => new Uint8Array(40_000 + i).fill(i));
      const given = contents.map((content) => archive({}, content));
      await insert(...given);
      const { digest: told, ...gone } = await held(archive({ archiveId: 'gone' }));
      await store.erase({ ...gone, digest: told }, event('delete', 'gone'));
      const wrapped = await held(archive({ archiveId: 'wrapped' }));
      const header = new Uint8Array([7, 7, 7, 7]);
      await store.rewrap(wrapped, { header, digest: told, size: 7 }, event('rewrap', 'wrapped'));
      const ids = given.map(({ record }) => record.archiveId).reverse();
      const found = await reread(store, tenant, ['none', ...ids, 'gone', 'wrapped']);
      expect(found.slice(1, -2)).toEqual(
        contents
          .map((content) => {
            return { outcome: 'held', sessionId: 's-1', digest: digestOf(content), size: content.length };
          })
          .reverse(),
      );
      expect([found.at(0), found.at(-2)]).toEqual([{ outcome: 'absent' }, { outcome: 'deleted' }]);
      const whole = new Uint8Array([...header, 3, 4, 5]);
      expect(found.at(-1)).toMatchObject({ outcome: 'held', digest: digestOf(whole), size: 7 });
      expect(await reread(store, 'globex', ids.slice(0, 1))).toEqual([{ outcome: 'absent' }]);
      expect(await reread(store, tenant, [])).toEqual([]);
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
        expect(await store.auditHashes(of, 2, 3)).toEqual(entries.slice(2, 5).map(({ hash }) => hash));
      }
    });

    it('V8: adds to the audit chain what changes no archive', async () => {
      await insert(archive());
      const entry = await store.log(tenant, event('erasure', 'order-1'));
      expect(await store.auditHead(tenant)).toEqual(entry);
      expect(verifyAudit(tenant, await store.audit(tenant, 0, 9))).toMatchObject({ ok: true, sequence: 2 });
    });

    it('answers a ping', async () => {
      await expect(store.ping()).resolves.toBeUndefined();
    });
  });
}
