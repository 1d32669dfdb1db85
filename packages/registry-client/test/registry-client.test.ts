import { isIntegrationError } from '@llm-memory-graph/http';
import { describe, expect, it } from 'vitest';
import { RegistryClient } from '../src/index.ts';
import { models, registryFor, type Tamper } from './registry.ts';

const startedAt = new Date('2026-01-02T03:04:05.678Z');
const session = { sessionId: 's1', modelId: 'gpt-4', startedAt, tags: ['t'], metadata: { Team: 'a' } };
const report = { sessionId: 's1', promptTokens: 10, completionTokens: 5, latencyMs: 100 };

async function failureOf(promise: Promise<unknown>) {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isIntegrationError(error)) throw new Error('expected an IntegrationError', { cause: error });
  return error;
}

describe('RegistryClient', () => {
  it('registers a session, idempotently', async () => {
    const registry = registryFor().client();
    const first = await registry.registerSession(session);
    expect(first).toMatchObject({
      sessionId: 's1',
      modelId: 'gpt-4',
      startedAt,
      status: 'active',
      metadata: { Team: 'a' },
    });
    expect(await registry.registerSession(session)).toEqual(first);
    expect(await failureOf(registry.registerSession({ ...session, modelId: 'other' }))).toMatchObject({ status: 409 });
    expect(await registry.getSession('s1')).toMatchObject({ modelId: 'gpt-4' });
  });

  it('moves a session through its life', async () => {
    const registry = registryFor().client();
    await registry.registerSession(session);
    const done = await registry.updateSessionStatus('s1', 'completed');
    expect(done.status).toBe('completed');
    expect(done.endedAt).toBeInstanceOf(Date);
    expect((await registry.updateSessionStatus('s1', 'archived')).status).toBe('archived');
  });

  it('removes a session', async () => {
    const registry = registryFor().client();
    await registry.registerSession(session);
    await registry.deleteSession('s1');
    expect(await failureOf(registry.getSession('s1'))).toMatchObject({ code: 'api', status: 404, retryable: false });
  });

  it('lists sessions by page and by filter', async () => {
    const registry = registryFor().client();
    for (let i = 0; i < 5; i++)
      await registry.registerSession({ ...session, sessionId: `s${String(i)}`, tags: [`t${String(i % 2)}`] });
    await registry.updateSessionStatus('s4', 'completed');
    const page = await registry.listSessions({ page: 2, pageSize: 2 });
    expect(page).toMatchObject({ total: 5, page: 2, pageSize: 2 });
    expect(page.sessions).toHaveLength(2);
    expect((await registry.listSessions({ status: 'completed' })).sessions.map((s) => s.sessionId)).toEqual(['s4']);
    expect((await registry.listSessions({ tag: 't1' })).total).toBe(2);
    expect((await registry.listSessions({ modelId: 'none' })).total).toBe(0);
    expect((await registry.listSessions({ startedBefore: startedAt })).total).toBe(0);
    expect((await registry.listSessions({ startedAfter: new Date(0) })).total).toBe(5);
  });

  it('iterates over every session, whatever the page size', async () => {
    const registry = registryFor().client();
    const ids = Array.from({ length: 7 }, (_, i) => `s${String(i)}`);
    for (const sessionId of ids) await registry.registerSession({ ...session, sessionId });
    for (const pageSize of [1, 3, 7, 100])
      expect((await Array.fromAsync(registry.sessions({ pageSize }))).map((s) => s.sessionId).sort()).toEqual(ids);
  });

  it('iterates over a service that only knows page numbers', async () => {
    const noCursors: Tamper = async (next, request) => {
      const body = (await (await next(request)).json()) as Record<string, unknown>;
      delete body['next_cursor'];
      return Response.json(body);
    };
    const { client } = registryFor();
    const ids = Array.from({ length: 5 }, (_, i) => `s${String(i)}`);
    for (const sessionId of ids) await client().registerSession({ ...session, sessionId });
    const seen = await Array.fromAsync(client({}, noCursors).sessions({ pageSize: 2 }));
    expect(seen.map((s) => s.sessionId).sort()).toEqual(ids);
  });

  it('reads models, with a slash in the id too', async () => {
    const { client, store } = registryFor();
    await store.saveModels(models);
    const registry = client();
    expect((await registry.listModels()).total).toBe(2);
    expect((await Array.fromAsync(registry.models())).map((m) => m.modelId).sort()).toEqual(['gpt-4', 'org/model']);
    expect(await registry.getModelMetadata('gpt-4')).toMatchObject({
      provider: 'openai',
      parameters: { temperature: 1 },
    });
    expect(await registry.getModelMetadata('org/model')).toMatchObject({ version: '1' });
  });

  it('tracks usage and reads it by session and by model', async () => {
    const registry = registryFor().client();
    await registry.registerSession(session);
    await registry.trackUsage(report);
    await registry.trackUsage({ ...report, latencyMs: 300 });
    const expected = { totalPromptTokens: 20, totalCompletionTokens: 10, totalTokens: 30, avgLatencyMs: 200 };
    expect(await registry.getSessionUsage('s1')).toMatchObject({ id: 's1', ...expected });
    expect(await registry.getModelUsage('gpt-4')).toMatchObject({ id: 'gpt-4', ...expected });
    expect(await registry.getSession('s1')).toMatchObject({ promptCount: 2, totalTokens: 30 });
  });

  it('H5: usage whose answer was lost counts once', async () => {
    const { client, sent } = registryFor();
    let lost = 0;
    const loseFirst: Tamper = async (next, request) => {
      const response = await next(request);
      if (lost++ === 0) throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
      return response;
    };
    await client().registerSession(session);
    await client({}, loseFirst).trackUsage(report);
    expect((await client().getSessionUsage('s1')).totalTokens).toBe(15);
    const [, one, two] = sent;
    expect(one?.headers.get('idempotency-key')).toBe(two?.headers.get('idempotency-key'));
  });

  it('tracks usage in batches; the same report counts once', async () => {
    const registry = registryFor().client();
    await registry.registerSession(session);
    const reports = [
      { ...report, reportId: 'r1' },
      { ...report, reportId: 'r2' },
      { ...report, sessionId: 'nobody' },
    ];
    expect(await registry.trackUsageBatch(reports)).toMatchObject({
      accepted: 2,
      duplicates: 0,
      rejected: [{ index: 2 }],
    });
    expect(await registry.trackUsageBatch(reports.slice(0, 2))).toMatchObject({ accepted: 0, duplicates: 2 });
    expect((await registry.getSessionUsage('s1')).totalTokens).toBe(30);
  });

  it('refuses bad input before anything is sent, naming the field', async () => {
    const { client, sent } = registryFor();
    const registry = client();
    for (const [call, field] of [
      [registry.registerSession({ sessionId: '../x', modelId: 'm' }), '/sessionId'],
      [registry.registerSession({ sessionId: 's', modelId: '' }), '/modelId'],
      [registry.trackUsage({ ...report, promptTokens: -1 }), '/promptTokens'],
      [registry.trackUsage({ ...report, completionTokens: 1.5 }), '/completionTokens'],
    ] as const) {
      const error = await failureOf(call);
      expect(error.code).toBe('serialization');
      expect(error.message).toContain(field);
    }
    expect(sent).toEqual([]);
  });

  it('checks health without a key', async () => {
    const { client, sent } = registryFor();
    await client().healthCheck();
    expect(sent[0]?.headers.has('authorization')).toBe(false);
  });

  it('reads REGISTRY_URL and REGISTRY_API_KEY', () => {
    expect(RegistryClient.fromEnv({}, {})).toBeInstanceOf(RegistryClient);
    expect(RegistryClient.fromEnv({}, { REGISTRY_URL: 'http://r', REGISTRY_API_KEY: 'k' })).toBeInstanceOf(
      RegistryClient,
    );
    expect(() => RegistryClient.fromEnv({}, { REGISTRY_URL: 'nowhere' })).toThrow('REGISTRY_URL');
    expect(() => RegistryClient.fromEnv({}, { REGISTRY_API_KEY: 'bad key' })).toThrow('REGISTRY_API_KEY holds');
  });
});
