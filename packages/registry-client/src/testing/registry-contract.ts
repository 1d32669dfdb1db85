import { modelMetadata } from '@llm-memory-graph/contracts';
import { isIntegrationError } from '@llm-memory-graph/http';
import type { Registry } from '../registry.ts';

/** One rule of the contract. `check` throws when a registry breaks it. */
export interface RegistryRule {
  readonly title: string;
  readonly check: (registry: Registry) => Promise<void>;
}

const parameters = { temperature: 1 };

/** The models that the registry under test must list, and no others. */
export const conformanceModels = [
  modelMetadata.parse({
    modelId: 'gpt-4',
    version: '1',
    provider: 'openai',
    createdAt: new Date(0),
    parameters,
    metadata: { pricing: { currency: 'USD', prompt_per_million: '30', completion_per_million: '60' } },
  }),
  modelMetadata.parse({ modelId: 'org/model', version: '2', provider: 'org', createdAt: new Date(1), parameters }),
];

const startedAt = new Date('2026-01-02T03:04:05.678Z');
const session = {
  sessionId: 's1',
  modelId: 'gpt-4',
  startedAt,
  tags: ['t'],
  metadata: { Team: 'a', nested: { b: [1] } },
};
const report = { sessionId: 's1', promptTokens: 10, completionTokens: 5, latencyMs: 100, timestamp: startedAt };

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

function expectEqual(actual: unknown, expected: unknown): void {
  const [a, b] = [canonical(actual), canonical(expected)];
  if (a !== b) throw new Error(`expected ${b}, got ${a}`);
}

/** Compares only what `expected` names. */
function expectFields(actual: object, expected: Readonly<Record<string, unknown>>): void {
  const found = Object.fromEntries(Object.keys(expected).map((name) => [name, (actual as typeof expected)[name]]));
  expectEqual(found, expected);
}

async function expectFailure(call: Promise<unknown>, expected: Readonly<Record<string, unknown>>): Promise<void> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isIntegrationError(error)) throw new Error('expected an IntegrationError', { cause: error });
  expectFields(error, expected);
}

const ids = (sessions: readonly { readonly sessionId: string }[]): string[] => sessions.map((each) => each.sessionId);

async function registerMany(registry: Registry, count: number): Promise<void> {
  for (let i = 0; i < count; i++)
    await registry.registerSession({ ...session, sessionId: `s${String(i)}`, tags: [i % 2 ? 'odd' : 'even'] });
}

/**
 * What every {@link Registry} must do. Run each rule against a fresh registry that lists {@link conformanceModels}.
 *
 * @example
 * describe.each(registryContract)('$title', ({ check }) => it('holds', () => check(myRegistry())));
 */
export const registryContract: readonly RegistryRule[] = [
  {
    title: 'is up',
    check: (registry) => registry.healthCheck(),
  },
  {
    title: 'gives a session back as it was registered',
    check: async (registry) => {
      const expected = { ...session, status: 'active', endedAt: null, promptCount: 0, totalTokens: 0 };
      expectFields(await registry.registerSession(session), expected);
      expectFields(await registry.getSession('s1'), expected);
    },
  },
  {
    title: 'registers once: the same again is the same, other content is a 409',
    check: async (registry) => {
      const first = await registry.registerSession(session);
      expectEqual(await registry.registerSession(session), first);
      await expectFailure(registry.registerSession({ ...session, modelId: 'other' }), { code: 'api', status: 409 });
      expectFields(await registry.getSession('s1'), { modelId: 'gpt-4' });
    },
  },
  {
    title: 'refuses input that does not fit before it does anything',
    check: async (registry) => {
      const expected = { code: 'serialization', retryable: false };
      await expectFailure(registry.registerSession({ ...session, sessionId: '../x' }), expected);
      await expectFailure(registry.registerSession({ ...session, modelId: '' }), expected);
      await expectFailure(registry.updateSessionStatus('s1', 'gone' as 'active'), expected);
      await expectFailure(registry.trackUsage({ ...report, promptTokens: -1 }), expected);
      await expectFailure(registry.trackUsageBatch([report, { ...report, completionTokens: 0.5 }]), expected);
      expectFields(await registry.listSessions(), { total: 0 });
    },
  },
  {
    title: 'answers 404 for sessions and models that it does not know',
    check: async (registry) => {
      const expected = { code: 'api', status: 404, retryable: false };
      await expectFailure(registry.getSession('none'), expected);
      await expectFailure(registry.updateSessionStatus('none', 'failed'), expected);
      await expectFailure(registry.deleteSession('none'), expected);
      await expectFailure(registry.getSessionUsage('none'), expected);
      await expectFailure(registry.trackUsage({ ...report, sessionId: 'none' }), expected);
      await expectFailure(registry.getModelMetadata('none'), expected);
      await expectFailure(registry.getModelUsage('none'), expected);
    },
  },
  {
    title: 'moves a session through its life, and archived is final',
    check: async (registry) => {
      await registry.registerSession(session);
      const done = await registry.updateSessionStatus('s1', 'completed');
      if (!(done.endedAt instanceof Date)) throw new Error('a completed session has an end');
      expectFields(await registry.updateSessionStatus('s1', 'failed'), { endedAt: done.endedAt });
      expectFields(await registry.updateSessionStatus('s1', 'active'), { endedAt: null, status: 'active' });
      expectFields(await registry.updateSessionStatus('s1', 'archived'), { status: 'archived', endedAt: null });
      expectFields(await registry.updateSessionStatus('s1', 'archived'), { status: 'archived' });
      await expectFailure(registry.updateSessionStatus('s1', 'active'), { code: 'api', status: 409 });
    },
  },
  {
    title: 'forgets a deleted session with its usage',
    check: async (registry) => {
      await registry.registerSession(session);
      await registry.trackUsage(report);
      await registry.deleteSession('s1');
      await expectFailure(registry.getSession('s1'), { status: 404 });
      expectFields(await registry.getModelUsage('gpt-4'), { totalTokens: 0, totalPrompts: 0 });
      expectFields(await registry.registerSession(session), { totalTokens: 0 });
    },
  },
  {
    title: 'lists by page, oldest first',
    check: async (registry) => {
      await registerMany(registry, 5);
      await registry.registerSession({ ...session, sessionId: 'older', startedAt: new Date(0) });
      const page = await registry.listSessions({ page: 2, pageSize: 4 });
      expectFields(page, { total: 6, page: 2, pageSize: 4 });
      expectEqual(ids(page.sessions), ['s3', 's4']);
      expectEqual(ids((await registry.listSessions({ pageSize: 2 })).sessions), ['older', 's0']);
      expectEqual((await registry.listSessions({ page: 9 })).sessions, []);
      await expectFailure(registry.listSessions({ pageSize: 1_001 }), { code: 'api', status: 400 });
      await expectFailure(registry.listSessions({ page: 0 }), { code: 'api', status: 400 });
    },
  },
  {
    title: 'filters lists, by all conditions together',
    check: async (registry) => {
      await registerMany(registry, 5);
      await registry.updateSessionStatus('s3', 'completed');
      const found = async (...[filter]: Parameters<Registry['listSessions']>): Promise<string[]> =>
        ids((await registry.listSessions(filter)).sessions);
      expectEqual(await found({ status: 'completed' }), ['s3']);
      expectEqual(await found({ tag: 'odd' }), ['s1', 's3']);
      expectEqual(await found({ tag: 'odd', status: 'active' }), ['s1']);
      expectEqual(await found({ modelId: 'none' }), []);
      expectEqual(await found({ startedBefore: startedAt }), []);
      expectEqual((await found({ startedAfter: new Date(startedAt.getTime() - 1) })).length, 5);
      expectEqual(await found({ startedAfter: startedAt }), []);
    },
  },
  {
    title: 'iterates over every session, whatever the size of a page',
    check: async (registry) => {
      await registerMany(registry, 7);
      for (const pageSize of [1, 3, 7, 100]) {
        const seen: string[] = [];
        for await (const { sessionId } of registry.sessions({ pageSize })) seen.push(sessionId);
        expectEqual(seen, ['s0', 's1', 's2', 's3', 's4', 's5', 's6']);
      }
    },
  },
  {
    title: 'knows models, with a slash in the id too',
    check: async (registry) => {
      const page = await registry.listModels();
      expectFields(page, { total: 2, models: conformanceModels });
      for (const model of conformanceModels) expectEqual(await registry.getModelMetadata(model.modelId), model);
      const seen: string[] = [];
      for await (const { modelId } of registry.models()) seen.push(modelId);
      expectEqual(seen, ['gpt-4', 'org/model']);
    },
  },
  {
    title: 'adds usage up by session and by model',
    check: async (registry) => {
      await registry.registerSession(session);
      const none = { id: 's1', totalPrompts: 0, totalTokens: 0, avgLatencyMs: 0, from: startedAt, to: startedAt };
      expectFields(await registry.getSessionUsage('s1'), none);
      const later = new Date(startedAt.getTime() + 1_000);
      await registry.trackUsage(report);
      await registry.trackUsage({ ...report, latencyMs: 300, timestamp: later });
      await registry.trackUsage({ ...report, latencyMs: null, modelId: 'org/model', totalTokens: 20 });
      const own = { totalPrompts: 3, totalResponses: 3, totalPromptTokens: 30, totalCompletionTokens: 15 };
      const times = { avgLatencyMs: 200, from: startedAt, to: later };
      expectFields(await registry.getSessionUsage('s1'), { id: 's1', ...own, totalTokens: 50, ...times });
      expectFields(await registry.getModelUsage('gpt-4'), { id: 'gpt-4', totalPrompts: 2, totalTokens: 30 });
      expectFields(await registry.getModelUsage('org/model'), { totalPrompts: 1, totalTokens: 20 });
      expectFields(await registry.getSession('s1'), { promptCount: 3, totalTokens: 50 });
    },
  },
  {
    title: 'adds usage up over a period: from its first instant to just before its last',
    check: async (registry) => {
      await registry.registerSession(session);
      const [from, to] = [new Date(startedAt.getTime() + 1_000), new Date(startedAt.getTime() + 2_000)];
      for (const timestamp of [startedAt, from, to]) await registry.trackUsage({ ...report, timestamp });
      const one = { totalPrompts: 1, totalTokens: 15, from, to };
      expectFields(await registry.getSessionUsage('s1', { from, to }), one);
      expectFields(await registry.getModelUsage('gpt-4', { from, to }), one);
      expectFields(await registry.getSessionUsage('s1', { to }), { totalPrompts: 2, from: startedAt, to });
      expectFields(await registry.getModelUsage('gpt-4', { from }), { totalPrompts: 2, from, to });
      const none = new Date(0);
      expectFields(await registry.getSessionUsage('s1', { to: none }), { totalPrompts: 0, from: none, to: none });
    },
  },
  {
    title: 'lists usage by model, with its exact cost where the metadata of the model carries prices',
    check: async (registry) => {
      await registerMany(registry, 2);
      const later = new Date(startedAt.getTime() + 1_000);
      for (const [sessionId, modelId] of [
        ['s0', ''],
        ['s0', 'own'],
        ['s1', ''],
      ] as const)
        await registry.trackUsage({ ...report, sessionId, modelId, timestamp: sessionId === 's0' ? startedAt : later });
      const cost = { currency: 'USD', prompt: '0.0006', completion: '0.0006', total: '0.0012' };
      const all = await registry.listUsage();
      expectFields(all, { total: 2, page: 1 });
      expectFields(all.usage[0] ?? {}, { id: 'gpt-4', totalPrompts: 2, cost });
      expectFields(all.usage[1] ?? {}, { id: 'own', totalPrompts: 1, cost: null });
      expectFields(await registry.getModelUsage('gpt-4'), { cost });
      expectFields(await registry.listUsage({ sessionId: 's1' }), { total: 1 });
      expectFields(await registry.listUsage({ to: later }), { total: 2 });
      expectFields(await registry.listUsage({ from: later }), { total: 1 });
      const first = await registry.listUsage({ pageSize: 1 });
      const second = await registry.listUsage({ pageSize: 1, cursor: first.nextCursor ?? '' });
      expectEqual([...first.usage, ...second.usage], all.usage);
    },
  },
  {
    title: 'counts a report once, however it comes',
    check: async (registry) => {
      await registry.registerSession(session);
      const named = { ...report, reportId: 'r1' };
      await registry.trackUsage(named);
      await registry.trackUsage(named);
      const result = await registry.trackUsageBatch([named, { ...report, reportId: 'r2' }]);
      expectFields(result, { accepted: 1, duplicates: 1, rejected: [] });
      expectFields(await registry.getSessionUsage('s1'), { totalPrompts: 2, totalTokens: 30 });
    },
  },
  {
    title: 'takes the rest of a batch when it refuses a report',
    check: async (registry) => {
      await registry.registerSession(session);
      const result = await registry.trackUsageBatch([report, { ...report, sessionId: 'none' }, report]);
      expectFields(result, { accepted: 2, duplicates: 0 });
      expectEqual(
        result.rejected.map(({ index }) => index),
        [1],
      );
    },
  },
  {
    title: 'rejects with the reason of a signal that aborted',
    check: async (registry) => {
      const reason = new Error('enough');
      const signal = AbortSignal.abort(reason);
      const error: unknown = await registry.listSessions({}, { signal }).catch((caught: unknown) => caught);
      if (error !== reason) throw new Error('expected the reason of the signal', { cause: error });
    },
  },
];
