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
export function registryStoreContract(open: () => RegistryStore): void {
  let store: RegistryStore;
  beforeEach(() => {
    store = open();
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
