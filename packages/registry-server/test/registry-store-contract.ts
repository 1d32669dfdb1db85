import type { ModelMetadata } from '@llm-memory-graph/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewSession, RegistryStore, UsageRecord } from '../src/index.ts';

const day = 86_400_000;
const max = 2n ** 63n - 1n;

function session(sessionId: string, changes: Partial<NewSession> = {}): NewSession {
  return {
    sessionId,
    modelId: 'gpt-4',
    modelVersion: '',
    startedAt: '1970-01-02T00:00:00.123456789Z',
    startedMs: day,
    metadata: '{"n":1.0,"big":12345678901234567890123}',
    tags: [],
    fingerprint: 'f',
    ...changes,
  };
}

function report(sessionId: string, reportKey: string, changes: Partial<UsageRecord> = {}): UsageRecord {
  const counts = { promptTokens: 10n, completionTokens: 5n, totalTokens: 15n, latencyMs: 100n };
  return { sessionId, reportKey, modelId: '', ...counts, timestampMs: 2 * day, metadata: '{}', ...changes };
}

function model(modelId: string): ModelMetadata {
  return {
    modelId,
    version: '1',
    provider: 'p',
    parameters: {
      temperature: 1,
      maxTokens: max as unknown as number,
      topP: null,
      frequencyPenalty: null,
      presencePenalty: null,
      stopSequences: [],
      custom: { k: [1] },
    },
    createdAt: new Date(day),
    capabilities: ['chat'],
    tags: [],
    metadata: {},
  };
}

/** What every adapter of the `RegistryStore` port must do. */
export function registryStoreContract(open: () => RegistryStore | Promise<RegistryStore>): void {
  let store: RegistryStore;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  const ids = async (...query: Parameters<RegistryStore['sessions']>): Promise<string[]> =>
    (await store.sessions(...query)).items.map((item) => item.sessionId);

  describe('sessions', () => {
    it('are given back as they came', async () => {
      const given = session('s', { tags: ['a', '\ud800', '"'], modelVersion: 'v\u00011', metadata: '{ "x" : -0.0 }' });
      expect((await store.register('t', given)).outcome).toBe('created');
      expect(await store.session('t', 's')).toEqual({
        ...given,
        status: 'active',
        endedMs: null,
        reports: 0n,
        totalTokens: 0n,
      });
    });

    it('are registered once: the same content again is the same, other content is refused and changes nothing', async () => {
      await store.register('t', session('s'));
      expect((await store.register('t', session('s'))).outcome).toBe('same');
      const other = await store.register('t', session('s', { fingerprint: 'g', modelId: 'm' }));
      expect([other.outcome, other.session.modelId]).toEqual(['different', 'gpt-4']);
      const race = ['x', 'y'].map((fingerprint) => store.register('t', session('r', { fingerprint })));
      expect((await Promise.all(race)).map(({ outcome }) => outcome)).toEqual(['created', 'different']);
    });

    it('belong to their tenant', async () => {
      await store.register('t', session('s'));
      await store.recordUsage('t', [report('s', 'k')]);
      expect(await store.session('u', 's')).toBeUndefined();
      expect(await ids('u', {}, { limit: 10, offset: 0 })).toEqual([]);
      expect(await store.deleteSession('u', 's')).toBe(false);
      expect(await store.sessionUsage('u', 's')).toBeUndefined();
      expect((await store.modelUsage('u', 'gpt-4')).reports).toBe(0n);
      expect(await store.recordUsage('u', [report('s', 'k')])).toEqual(['unknown-session']);
      expect(await store.changeState('u', 's', (state) => state)).toBeUndefined();
      expect((await store.register('u', session('s', { fingerprint: 'g' }))).outcome).toBe('created');
    });

    it('are listed oldest first, by offset and behind a key', async () => {
      for (const [id, startedMs] of [
        ['b', 2],
        ['a', 2],
        ['z', 1],
        ['\u{1f600}', 2],
        ['\uff5e', 2],
      ] as const)
        await store.register('t', session(id, { startedMs }));
      const order = ['z', 'a', 'b', '\uff5e', '\u{1f600}'];
      expect(await ids('t', {}, { limit: 10, offset: 0 })).toEqual(order);
      expect(await ids('t', {}, { limit: 2, offset: 1 })).toEqual(order.slice(1, 3));
      expect(await ids('t', {}, { limit: 10, offset: 0, after: [2, 'a'] })).toEqual(order.slice(2));
      expect((await store.sessions('t', {}, { limit: 1, offset: 4, after: [2, 'a'] })).total).toBe(5);
    });

    it('are filtered', async () => {
      await store.register('t', session('a', { startedMs: 1, tags: ['x', 'y'] }));
      await store.register('t', session('b', { startedMs: 2, modelId: 'm', tags: ['y'] }));
      await store.changeState('t', 'b', () => ({ status: 'completed', endedMs: 5 }));
      const all = { limit: 10, offset: 0 };
      expect(await ids('t', { status: 'completed' }, all)).toEqual(['b']);
      expect(await ids('t', { modelId: 'gpt-4' }, all)).toEqual(['a']);
      expect(await ids('t', { tag: 'y' }, all)).toEqual(['a', 'b']);
      expect(await ids('t', { tag: 'x', modelId: 'm' }, all)).toEqual([]);
      expect(await ids('t', { startedAfter: 1 }, all)).toEqual(['b']);
      expect(await ids('t', { startedBefore: 2 }, all)).toEqual(['a']);
      expect((await store.sessions('t', { tag: 'x' }, all)).total).toBe(1);
    });

    it('change state, or not at all when the change is refused', async () => {
      await store.register('t', session('s'));
      const changed = await store.changeState('t', 's', (state) => ({ ...state, status: 'failed', endedMs: 7 }));
      expect(changed).toMatchObject({ status: 'failed', endedMs: 7, metadata: session('s').metadata });
      const refused = store.changeState('t', 's', () => {
        throw new Error('no');
      });
      await expect(refused).rejects.toThrow('no');
      expect(await store.session('t', 's')).toEqual(changed);
    });

    it('are deleted with their usage, also from the totals of their models', async () => {
      await store.register('t', session('a'));
      await store.register('t', session('b'));
      await store.recordUsage('t', [report('a', '1'), report('a', '2', { modelId: 'm' }), report('b', '1')]);
      await store.recordUsage('t', [report('b', '2', { timestampMs: 3 * day, latencyMs: null })]);
      expect(await store.deleteSession('t', 'a')).toBe(true);
      expect(await store.deleteSession('t', 'a')).toBe(false);
      expect(await store.sessionUsage('t', 'a')).toBeUndefined();
      expect((await store.modelUsage('t', 'm')).reports).toBe(0n);
      expect(await store.modelUsage('t', 'gpt-4')).toEqual(await store.sessionUsage('t', 'b'));
      await store.register('t', session('a'));
      expect(await store.recordUsage('t', [report('a', '1')])).toEqual(['counted']);
    });
  });

  describe('usage', () => {
    it('counts each report once, within and between writes', async () => {
      await store.register('t', session('s'));
      await store.register('t', session('other'));
      const given = [report('s', '1'), report('s', '1'), report('none', '1'), report('other', '1')];
      expect(await store.recordUsage('t', given)).toEqual(['counted', 'duplicate', 'unknown-session', 'counted']);
      const again = await Promise.all([1, 2, 3].map(() => store.recordUsage('t', [report('s', '2')])));
      expect(again.flat().sort()).toEqual(['counted', 'duplicate', 'duplicate']);
      expect(await store.sessionUsage('t', 's')).toEqual({
        reports: 2n,
        promptTokens: 20n,
        completionTokens: 10n,
        totalTokens: 30n,
        latencySumMs: 200n,
        latencyCount: 2n,
        firstMs: 2 * day,
        lastMs: 2 * day,
      });
      expect(await store.session('t', 's')).toMatchObject({ reports: 2n, totalTokens: 30n });
    });

    it('without a model counts for the model of the session', async () => {
      await store.register('t', session('s'));
      await store.recordUsage('t', [report('s', '1'), report('s', '2', { modelId: 'm', latencyMs: null })]);
      expect(await store.modelUsage('t', 'gpt-4')).toMatchObject({ reports: 1n, latencyCount: 1n });
      expect(await store.modelUsage('t', 'm')).toMatchObject({ reports: 1n, latencyCount: 0n, latencySumMs: 0n });
      expect(await store.sessionUsage('t', 's')).toMatchObject({ reports: 2n, latencyCount: 1n });
    });

    it('is added up over a period: from its first instant to just before its last', async () => {
      await store.register('t', session('a'));
      await store.register('t', session('b', { modelId: 'm' }));
      const at = (sessionId: string, timestampMs: number) => report(sessionId, String(timestampMs), { timestampMs });
      await store.recordUsage('t', [at('a', -5), at('a', 10), at('a', 20), at('b', 20), at('b', 30)]);
      const counted = async (from?: number, to?: number) => [
        (await store.sessionUsage('t', 'a', { from, to }))?.reports,
        (await store.modelUsage('t', 'm', { from, to })).reports,
      ];
      expect(await counted(10, 20)).toEqual([1n, 0n]);
      expect(await counted(10, 21)).toEqual([2n, 1n]);
      expect(await counted(undefined, 20)).toEqual([2n, 0n]);
      expect(await counted(20)).toEqual([1n, 2n]);
      expect(await counted()).toEqual([3n, 2n]);
      expect(await store.sessionUsage('t', 'a', { from: 0, to: 30 })).toMatchObject({ firstMs: 10, lastMs: 20 });
      expect(await store.sessionUsage('t', 'a', { from: 11, to: 12 })).toMatchObject({ reports: 0n, firstMs: null });
      expect(await store.sessionUsage('t', 'none', { from: 0 })).toBeUndefined();
      expect(await store.sessionUsage('u', 'a', { from: 0 })).toBeUndefined();
      expect((await store.modelUsage('u', 'm', { from: 0 })).reports).toBe(0n);
    });

    it('is listed by model, over all time, a period and a session, by offset and behind a key', async () => {
      for (const id of ['a', 'b']) await store.register('t', session(id));
      await store.recordUsage('t', [
        report('a', '1', { modelId: 'org/z', timestampMs: 1 }),
        report('a', '2', { modelId: '\uff5e', timestampMs: 2, promptTokens: max }),
        report('a', '3', { modelId: '\uff5e', timestampMs: 3, promptTokens: max }),
        report('b', '1', { modelId: '\u{1f600}', timestampMs: 4, latencyMs: null }),
        report('b', '2', { timestampMs: 5 }),
      ]);
      const all = { limit: 10, offset: 0 };
      const listed = async (...[filter, slice = all]: [Parameters<RegistryStore['usageByModel']>[1], typeof all?]) => {
        const { items, total } = await store.usageByModel('t', filter, slice);
        return [items.map((item) => item.modelId), total];
      };
      const order = ['gpt-4', 'org/z', '\uff5e', '\u{1f600}'];
      expect(await listed({})).toEqual([order, 4]);
      expect(await listed({}, { limit: 2, offset: 1 })).toEqual([order.slice(1, 3), 4]);
      for (const filter of [{}, { from: -1 }]) {
        const behind = await store.usageByModel('t', filter, { ...all, after: 'org/z' });
        expect([behind.items.map((item) => item.modelId), behind.total]).toEqual([order.slice(2), 4]);
        expect(behind.items[0]?.totals).toEqual(await store.modelUsage('t', '\uff5e'));
        expect(behind.items[0]?.totals.promptTokens).toBe(max);
        expect(behind.items[1]?.totals).toMatchObject({ reports: 1n, latencyCount: 0n });
      }
      expect(await listed({ from: 2, to: 4 })).toEqual([['\uff5e'], 1]);
      expect(await listed({ sessionId: 'b' }, { limit: 1, offset: 1 })).toEqual([['\u{1f600}'], 2]);
      expect(await listed({ sessionId: 'a', from: 2 })).toEqual([['\uff5e'], 1]);
      expect(await listed({ sessionId: 'none' })).toEqual([[], 0]);
      expect((await store.usageByModel('u', {}, all)).total).toBe(0);
      expect((await store.usageByModel('u', { from: 0 }, all)).total).toBe(0);
      await store.deleteSession('t', 'a');
      expect(await listed({})).toEqual([['gpt-4', '\u{1f600}'], 2]);
    });

    it('is zero before the first report', async () => {
      await store.register('t', session('s'));
      const none = { reports: 0n, totalTokens: 0n, latencyCount: 0n, firstMs: null, lastMs: null };
      expect(await store.sessionUsage('t', 's')).toMatchObject(none);
      expect(await store.modelUsage('t', 'gpt-4')).toMatchObject(none);
    });

    it('keeps every digit up to 2^63 - 1 and stays there', async () => {
      await store.register('t', session('a'));
      await store.register('t', session('b'));
      await store.recordUsage('t', [report('a', '1', { promptTokens: max - 1n, totalTokens: max, timestampMs: 1 })]);
      expect(await store.sessionUsage('t', 'a')).toMatchObject({
        promptTokens: max - 1n,
        totalTokens: max,
        firstMs: 1,
      });
      await store.recordUsage('t', [report('b', '1', { promptTokens: 3n })]);
      expect(await store.modelUsage('t', 'gpt-4')).toMatchObject({ promptTokens: max, totalTokens: max });
      await store.recordUsage('t', [report('b', '2', { promptTokens: max }), report('b', '3', { promptTokens: max })]);
      await store.deleteSession('t', 'a');
      expect(await store.modelUsage('t', 'gpt-4')).toMatchObject({ promptTokens: max, totalTokens: 45n, reports: 3n });
    });
  });

  describe('models', () => {
    it('are saved, replaced and listed by id', async () => {
      await store.saveModels([model('b'), model('a'), model('org/c')]);
      await store.saveModels([{ ...model('a'), version: '2', description: 'new' }]);
      expect(await store.model('a')).toEqual({ ...model('a'), version: '2', description: 'new' });
      expect(await store.model('none')).toBeUndefined();
      const listed = async (...slice: Parameters<RegistryStore['models']>) =>
        (await store.models(...slice)).items.map((item) => item.modelId);
      expect(await listed({ limit: 10, offset: 0 })).toEqual(['a', 'b', 'org/c']);
      expect(await listed({ limit: 1, offset: 1 })).toEqual(['b']);
      expect(await listed({ limit: 9, offset: 0, after: 'a' })).toEqual(['b', 'org/c']);
      expect((await store.models({ limit: 1, offset: 2 })).total).toBe(3);
    });
  });

  it('remembers answers', async () => {
    const answer = { fingerprint: 'f', status: 201, headers: { a: 'b' }, body: '{}', expiresAt: Date.now() + day };
    await store.idempotency.put('t', 'k', answer);
    expect(await store.idempotency.get('t', 'k', Date.now())).toEqual(answer);
    expect(await store.idempotency.get('t', 'other', Date.now())).toBeUndefined();
  });

  it('tells that it works', () => expect(store.check()).resolves.toBeUndefined());
}
