import type { ArchiveMetadata } from '@llm-memory-graph/contracts';
import type { Vault } from '../vault.ts';
import { expectEqual, expectFailure, expectFields } from './expectations.ts';

/** One rule of the contract. `check` throws when a vault breaks it. */
export interface VaultRule {
  readonly title: string;
  readonly check: (vault: Vault) => Promise<void>;
}

const archivedAt = new Date('2026-01-02T03:04:05.678Z');
const input = {
  ...{ id: 'a1', sessionId: 's1', archivedAt, retentionDays: 90 },
  ...{ tags: ['t'], metadata: { Team: 'a', nested: { b: [1] } }, data: { words: ['hello', 1] } },
};
const policy = { policyId: 'p1', name: 'P', retentionDays: 2_555, complianceLevel: 'hipaa' as const };
const refused = { code: 'serialization', retryable: false };
const absent = { code: 'api', status: 404, retryable: false };
const deleted = { code: 'api', status: 410, retryable: false };
const conflict = { code: 'api', status: 409, retryable: false };

const idsOf = (archives: readonly ArchiveMetadata[]): string[] => archives.map(({ archiveId }) => archiveId);

/** Archives `a0`, `a1` and so on, each a day younger than the one before. */
async function archiveMany(vault: Vault, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const times = { archivedAt: new Date(archivedAt.getTime() + i * 86_400_000) };
    await vault.archiveSession({
      ...input,
      ...times,
      ...{ id: `a${String(i)}`, sessionId: `s${String(i % 2)}`, tags: [i % 2 ? 'odd' : 'even'] },
    });
  }
}

/**
 * What every {@link Vault} must do. Run each rule against a fresh, empty vault.
 *
 * @example
 * describe.each(vaultContract)('$title', ({ check }) => it('holds', () => check(myVault())));
 */
export const vaultContract: readonly VaultRule[] = [
  {
    title: 'is up',
    check: (vault) => vault.healthCheck(),
  },
  {
    title: 'gives an archive back as it was given, with a receipt and metadata that agree',
    check: async (vault) => {
      const receipt = await vault.archiveSession(input);
      expectFields(receipt, { archiveId: 'a1', sessionId: 's1', status: 'archived', duplicate: false });
      expectFields(await vault.retrieveSession('a1'), input);
      const { digest, size } = receipt;
      expectFields(await vault.getArchiveMetadata('a1'), {
        ...{ archiveId: 'a1', sessionId: 's1', archivedAt, retentionDays: 90, tags: ['t'] },
        ...{ metadata: input.metadata, policyId: null, legalHold: null, digest, size },
      });
      const { content, ...verified } = await vault.verifyArchive('a1');
      expectEqual(verified, { archiveId: 'a1', sessionId: 's1', digest, size });
      expectEqual(JSON.parse(new TextDecoder().decode(content)), input.data);
    },
  },
  {
    title: 'reads many back: one result for each id, in order, also of what it does not hold',
    check: async (vault) => {
      const receipts = [];
      for (const id of ['a1', 'a2', 'a3']) receipts.push(await vault.archiveSession({ ...input, id }));
      await vault.deleteArchive('a2');
      const held = receipts.map(({ archiveId, sessionId, digest, size }) => {
        return { ok: true, archiveId, sessionId, digest, size };
      });
      const [third, gone, none, first, ...rest] = await vault.readBackArchives(['a3', 'a2', 'none', 'a1']);
      expectEqual([third, first, rest], [held[2], held[0], []]);
      for (const [result, archiveId, failure] of [[gone, 'a2', deleted] as const, [none, 'none', absent] as const]) {
        if (result?.ok !== false) throw new Error(`expected a failure for ${archiveId}`);
        expectEqual(result.archiveId, archiveId);
        await expectFailure(Promise.reject(result.error), failure);
      }
      expectEqual(await vault.readBackArchives([]), []);
    },
  },
  {
    title: 'keeps JSON text digit for digit',
    check: async (vault) => {
      const texts = ['1.0', '-0.0', '12345678901234567890', 'null', '{"__proto__": [1e400, "\\ud83d"], "a" :1.50}'];
      for (const [i, dataJson] of texts.entries()) {
        const { archiveId } = await vault.archiveSession({ ...input, id: `t${String(i)}`, data: undefined, dataJson });
        expectEqual((await vault.retrieveSession(archiveId)).dataJson, dataJson);
        expectEqual(new TextDecoder().decode((await vault.verifyArchive(archiveId)).content), dataJson);
      }
    },
  },
  {
    title: 'H5: the same archive again is the same archive, other content under its id is none',
    check: async (vault) => {
      const first = await vault.archiveSession(input);
      expectEqual(await vault.archiveSession(input), { ...first, duplicate: true });
      await expectFailure(vault.archiveSession({ ...input, data: 'other' }), { retryable: false });
      await expectFailure(vault.archiveSession({ ...input, sessionId: 's2' }), { retryable: false });
      expectFields(await vault.retrieveSession('a1'), { data: input.data, sessionId: 's1' });
    },
  },
  {
    title: 'refuses input that does not fit before it does anything',
    check: async (vault) => {
      await expectFailure(vault.archiveSession({ ...input, id: '../x' }), refused);
      await expectFailure(vault.archiveSession({ ...input, sessionId: '' }), refused);
      await expectFailure(vault.archiveSession({ ...input, retentionDays: 0 }), refused);
      await expectFailure(vault.archiveSession({ ...input, data: undefined as unknown }), refused);
      await expectFailure(vault.batchArchive([input, { ...input, id: 'a2', retentionDays: 0.5 }]), refused);
      await expectFailure(vault.createRetentionPolicy({ ...policy, retentionDays: 0 }), refused);
      await expectFailure(vault.placeLegalHold('a1', 'x'.repeat(1_001)), refused);
      expectFields(await vault.listArchives(), { archives: [], nextCursor: null });
    },
  },
  {
    title: 'answers 404 for archives and policies that it does not know',
    check: async (vault) => {
      await expectFailure(vault.retrieveSession('none'), absent);
      await expectFailure(vault.verifyArchive('none'), absent);
      await expectFailure(vault.getArchiveMetadata('none'), absent);
      await expectFailure(vault.deleteArchive('none'), absent);
      await expectFailure(vault.placeLegalHold('none'), absent);
      await expectFailure(vault.releaseLegalHold('none'), absent);
      await expectFailure(vault.getRetentionPolicy('none'), absent);
      await vault.archiveSession(input);
      await expectFailure(vault.applyRetentionPolicy('a1', 'none'), absent);
      await vault.createRetentionPolicy(policy);
      await expectFailure(vault.applyRetentionPolicy('none', 'p1'), absent);
    },
  },
  {
    title: 'deletes for good: the id is never taken again',
    check: async (vault) => {
      await vault.archiveSession(input);
      await vault.deleteArchive('a1');
      await vault.deleteArchive('a1');
      await expectFailure(vault.retrieveSession('a1'), deleted);
      await expectFailure(vault.verifyArchive('a1'), deleted);
      await expectFailure(vault.getArchiveMetadata('a1'), deleted);
      await expectFailure(vault.placeLegalHold('a1'), deleted);
      await expectFailure(vault.archiveSession(input), deleted);
      const { results } = await vault.batchArchive([input, { ...input, id: 'a2' }]);
      expectEqual(
        results.map(({ ok }) => ok),
        [false, true],
      );
      expectEqual(idsOf((await vault.listArchives()).archives), ['a2']);
    },
  },
  {
    title: 'tells of each session of a batch, in order, and loses nothing of a half-failed one',
    check: async (vault) => {
      await vault.archiveSession({ ...input, id: 'b1', sessionId: 'another' });
      const ids = ['b0', 'b1', 'b2', 'b2'];
      const outcome = await vault.batchArchive(ids.map((id, i) => ({ ...input, id, sessionId: `s${String(i)}` })));
      expectFields(outcome, { total: 4, successCount: 2, archived: ['b0', 'b2'] });
      expectEqual(
        outcome.results.map(({ archiveId, sessionId, ok }) => [archiveId, sessionId, ok]),
        [
          ['b0', 's0', true],
          ['b1', 's1', false],
          ['b2', 's2', true],
          ['b2', 's3', false],
        ],
      );
      for (const { error, retryable } of outcome.failed) expectEqual([error.length > 0, retryable], [true, false]);
      for (const result of outcome.results)
        if (result.ok)
          expectFields(await vault.getArchiveMetadata(result.archiveId), { digest: result.receipt?.digest });
      expectFields(await vault.batchArchive([]), { results: [], total: 0, successCount: 0 });
    },
  },
  {
    title: 'lists in the order of storing, page by page',
    check: async (vault) => {
      await archiveMany(vault, 5);
      const all = ['a0', 'a1', 'a2', 'a3', 'a4'];
      const { archives, nextCursor } = await vault.listArchives({ pageSize: 2 });
      expectEqual(idsOf(archives), ['a0', 'a1']);
      const next = await vault.listArchives({ pageSize: 3, cursor: nextCursor ?? 'none' });
      expectEqual([idsOf(next.archives), next.nextCursor], [['a2', 'a3', 'a4'], null]);
      for (const pageSize of [1, 2, 5, 100]) {
        const seen: ArchiveMetadata[] = [];
        for await (const archive of vault.archives({ pageSize })) seen.push(archive);
        expectEqual(idsOf(seen), all);
        expectEqual(seen[3], await vault.getArchiveMetadata('a3'));
      }
      await expectFailure(vault.listArchives({ pageSize: 1_001 }), { code: 'api', status: 400 });
    },
  },
  {
    title: 'filters lists, by all conditions together',
    check: async (vault) => {
      await archiveMany(vault, 5);
      await vault.createRetentionPolicy(policy);
      await vault.applyRetentionPolicy('a3', 'p1');
      const found = async (...[filter]: Parameters<Vault['listArchives']>): Promise<string[]> =>
        idsOf((await vault.listArchives(filter)).archives);
      expectEqual(await found({ sessionId: 's1' }), ['a1', 'a3']);
      expectEqual(await found({ tag: 'even' }), ['a0', 'a2', 'a4']);
      expectEqual(await found({ policyId: 'p1' }), ['a3']);
      expectEqual(await found({ policyId: 'p1', tag: 'even' }), []);
      expectEqual(await found({ complianceLevel: 'hipaa' }), ['a3']);
      expectEqual(await found({ complianceLevel: 'gdpr' }), []);
      expectEqual((await found({ metadata: { key: 'Team', value: 'a' } })).length, 5);
      expectEqual(await found({ metadata: { key: 'Team', value: 'b' } }), []);
      await vault.placeLegalHold('a2');
      expectEqual([await found({ legalHold: true }), (await found({ legalHold: false })).length], [['a2'], 4]);
      expectEqual((await found({ expiresBefore: new Date('9000-01-01T00:00:00Z') })).length, 5);
      expectEqual(await found({ expiresBefore: new Date(0) }), []);
      const third = new Date(archivedAt.getTime() + 2 * 86_400_000);
      expectEqual(await found({ archivedBefore: third }), ['a0', 'a1']);
      expectEqual(await found({ archivedAfter: third }), ['a2', 'a3', 'a4']);
      expectEqual(await found({ archivedAfter: third, tag: 'even' }), ['a2', 'a4']);
    },
  },
  {
    title: 'knows policies, and never shortens by one',
    check: async (vault) => {
      const full = { ...policy, createdAt: new Date(0), autoDelete: false, description: null, tags: [] };
      expectEqual(await vault.createRetentionPolicy(full), { policyId: 'p1' });
      expectEqual(await vault.createRetentionPolicy(full), { policyId: 'p1' });
      await expectFailure(vault.createRetentionPolicy({ ...full, retentionDays: 1 }), conflict);
      await vault.createRetentionPolicy({ policyId: 'short', name: 'S', retentionDays: 1 });
      expectFields(await vault.getRetentionPolicy('p1'), full);
      expectEqual(
        (await vault.listRetentionPolicies()).map(({ policyId }) => policyId),
        ['p1', 'short'],
      );
      await vault.archiveSession(input);
      await vault.applyRetentionPolicy('a1', 'p1');
      const { storedAt, expiresAt, ...metadata } = await vault.getArchiveMetadata('a1');
      expectFields(metadata, { policyId: 'p1', retentionDays: 2_555 });
      expectEqual(expiresAt.getTime() - storedAt.getTime(), 2_555 * 86_400_000);
      await vault.archiveSession({ ...input, id: 'a2' });
      await vault.applyRetentionPolicy('a2', 'short');
      expectFields(await vault.getArchiveMetadata('a2'), { policyId: 'short', retentionDays: 90 });
      await vault.applyRetentionPolicy('a2', 'p1');
      await vault.applyRetentionPolicy('a2', 'short');
      const both = { policyId: 'p1', policyIds: ['short', 'p1'], retentionDays: 2_555 };
      expectFields(await vault.getArchiveMetadata('a2'), both);
    },
  },
  {
    title: 'deletes nothing under a legal hold',
    check: async (vault) => {
      await vault.archiveSession(input);
      const { legalHold } = await vault.placeLegalHold('a1', 'case 7');
      expectFields(legalHold ?? {}, { reason: 'case 7' });
      expectEqual((await vault.placeLegalHold('a1', 'case 8')).legalHold, legalHold);
      await expectFailure(vault.deleteArchive('a1'), conflict);
      expectFields(await vault.retrieveSession('a1'), { data: input.data });
      expectEqual((await vault.getArchiveMetadata('a1')).legalHold, legalHold);
      await vault.releaseLegalHold('a1');
      await vault.releaseLegalHold('a1');
      expectFields(await vault.getArchiveMetadata('a1'), { legalHold: null });
      await vault.deleteArchive('a1');
    },
  },
  {
    title: 'rejects with the reason of a signal that aborted',
    check: async (vault) => {
      const reason = new Error('enough');
      const signal = AbortSignal.abort(reason);
      for (const call of [vault.listArchives({}, { signal }), vault.archiveSession(input, { signal })]) {
        const error: unknown = await call.catch((caught: unknown) => caught);
        if (error !== reason) throw new Error('expected the reason of the signal', { cause: error });
      }
    },
  },
];
