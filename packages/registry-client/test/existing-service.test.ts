import { isIntegrationError } from '@llm-memory-graph/http';
import { describe, expect, it } from 'vitest';
import { RegistryClient, SessionRegistration, UsageBuffer } from '../src/index.ts';
import { seedService, type Arrived } from './seed-service.ts';

const startedAt = new Date('2026-01-02T03:04:05.678Z');
const apiKey = 'sk-1';
const fast = { initialDelayMs: 1, maxDelayMs: 2 };
const report = { sessionId: 's-1', promptTokens: 10, completionTokens: 5, timestamp: startedAt };

function clientOf(url: string): RegistryClient {
  return new RegistryClient({ baseUrl: url, apiKey, retry: fast });
}

async function everyCall(registry: RegistryClient): Promise<void> {
  await registry.healthCheck();
  await registry.registerSession({ sessionId: 's-1', modelId: 'gpt-4', startedAt });
  await registry.updateSessionStatus('s-1', 'completed');
  await registry.getSession('s-1');
  await registry.listSessions({ page: 2, pageSize: 50 });
  await registry.getModelMetadata('gpt-4');
  await registry.listModels();
  await registry.trackUsage(report);
  await registry.getSessionUsage('s-1');
  await registry.getModelUsage('gpt-4');
  await registry.deleteSession('s-1');
}

describe('a service that only knows the first client', () => {
  it('serves every method', async () => {
    await using service = await seedService();
    await everyCall(clientOf(service.url));
    expect(service.arrived.map(({ method, path, query }) => `${method} ${path}${query}`)).toEqual([
      'GET /health',
      'POST /api/v1/sessions',
      'PUT /api/v1/sessions/s-1/status',
      'GET /api/v1/sessions/s-1',
      'GET /api/v1/sessions?page=2&page_size=50',
      'GET /api/v1/models/gpt-4',
      'GET /api/v1/models',
      'POST /api/v1/usage',
      'GET /api/v1/sessions/s-1/usage',
      'GET /api/v1/models/gpt-4/usage',
      'DELETE /api/v1/sessions/s-1',
    ]);
  });

  it('gets the key with every request but /health', async () => {
    await using service = await seedService();
    await everyCall(clientOf(service.url));
    const [health, ...others] = service.arrived;
    expect(health?.headers.has('authorization')).toBe(false);
    for (const { headers } of others) expect(headers.get('authorization')).toBe('Bearer sk-1');
    service.arrived.length = 0;
    await everyCall(new RegistryClient({ baseUrl: service.url }));
    for (const { headers } of service.arrived) expect(headers.has('authorization')).toBe(false);
  });

  it('gets bare JSON: every field, instants in UTC, counts as integers, no null where there is a default', async () => {
    await using service = await seedService();
    const registry = clientOf(service.url);
    await registry.registerSession({ sessionId: 's-1', modelId: 'gpt-4', startedAt });
    await registry.registerSession(
      SessionRegistration.for('s-1', 'gpt-4')
        .modelVersion('0613')
        .startedAt(startedAt)
        .tag('a', 'b')
        .tag('c')
        .metadata('Team', { lead: null })
        .metadata('snake_case', 1)
        .build(),
    );
    await registry.updateSessionStatus('s-1', 'failed');
    await registry.trackUsage({ ...report, reportId: 'r-1' });
    await registry.trackUsage({ ...report, reportId: 'r-2', modelId: 'm', latencyMs: 840, metadata: { k: [1] } });
    const started_at = '2026-01-02T03:04:05.678Z';
    const counts = {
      session_id: 's-1',
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 15,
      timestamp: started_at,
    };
    expect(service.arrived.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { session_id: 's-1', model_id: 'gpt-4', model_version: '', started_at, metadata: {}, tags: [] },
      {
        session_id: 's-1',
        model_id: 'gpt-4',
        model_version: '0613',
        started_at,
        metadata: { Team: { lead: null }, snake_case: 1 },
        tags: ['a', 'b', 'c'],
      },
      { status: 'failed' },
      { ...counts, model_id: '', latency_ms: null, metadata: {}, report_id: 'r-1' },
      { ...counts, model_id: 'm', latency_ms: 840, metadata: { k: [1] }, report_id: 'r-2' },
    ]);
    for (const { headers, body } of service.arrived) {
      expect(headers.get('content-type')).toBe('application/json');
      expect(headers.has('content-encoding')).toBe(false);
      expect(body).not.toMatch(/^\uFEFF|"(prompt|completion|total)_tokens":"?\d+[."e]/);
    }
  });

  it('gets ids as one segment each: what is safe as it is, all else encoded', async () => {
    await using service = await seedService();
    const registry = clientOf(service.url);
    for (const id of ['0198f6a2-7c1e', 'a.b_c~d', 'org/model', 'a b', 'ü', 'a?b#c'])
      await registry.getModelMetadata(id);
    expect(service.arrived.map(({ path }) => path.slice('/api/v1/models/'.length))).toEqual([
      '0198f6a2-7c1e',
      'a.b_c~d',
      'org%2Fmodel',
      'a%20b',
      '%C3%BC',
      'a%3Fb%23c',
    ]);
  });

  it('H5: gets repeats byte for byte the same, under the same idempotency key', async () => {
    await using service = await seedService((_request, at) =>
      at % 2 === 0 ? new Response('busy', { status: 503 }) : undefined,
    );
    const registry = clientOf(service.url);
    await registry.registerSession({ sessionId: 's-1', modelId: 'gpt-4' });
    await registry.trackUsage({ sessionId: 's-1', promptTokens: 1, completionTokens: 1 });
    const pairs: [Arrived | undefined, Arrived | undefined][] = [
      [service.arrived[0], service.arrived[1]],
      [service.arrived[2], service.arrived[3]],
    ];
    for (const [first, second] of pairs) {
      expect(second?.body).toBe(first?.body);
      expect(second?.headers.get('idempotency-key')).toBe(first?.headers.get('idempotency-key'));
      expect(first?.headers.get('idempotency-key')).toMatch(/^[\x21-\x7e]{8,255}$/);
    }
  });

  it('H5: a report that is made again after a restart goes out under the same key', async () => {
    await using service = await seedService();
    const mine = { ...report, reportId: 'r-1' };
    await clientOf(service.url).trackUsage(mine);
    await clientOf(service.url).trackUsage(mine);
    const [one, two] = service.arrived;
    expect(two?.headers.get('idempotency-key')).toBe(one?.headers.get('idempotency-key'));
    expect(two?.body).toBe(one?.body);
  });

  it('may know page numbers only', async () => {
    const sessionOf = (id: string) => ({
      session_id: id,
      model_id: 'm',
      started_at: '2026-01-01T00:00:00+00:00',
      status: 'active',
      prompt_count: 0,
      total_tokens: 0,
    });
    const all = ['a', 'b', 'c', 'd', 'e'].map(sessionOf);
    await using service = await seedService(({ path, query }) => {
      if (path !== '/api/v1/sessions') return undefined;
      const page = Number(new URLSearchParams(query).get('page'));
      return Response.json({ sessions: all.slice(page * 2 - 2, page * 2), total: 5, page, page_size: 2 });
    });
    const seen = await Array.fromAsync(clientOf(service.url).sessions({ pageSize: 2 }));
    expect(seen.map(({ sessionId }) => sessionId)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('may know no batches: a usage buffer delivers one by one', async () => {
    await using service = await seedService();
    await using usage = new UsageBuffer(clientOf(service.url));
    for (let i = 0; i < 5; i++) usage.track(report);
    await usage.flush();
    expect(service.arrived.filter(({ path }) => path === '/api/v1/usage')).toHaveLength(5);
  });

  it('may answer errors in any words', async () => {
    await using service = await seedService(() => new Response('<h1>no such thing</h1>', { status: 404 }));
    const error: unknown = await clientOf(service.url)
      .getSession('s-1')
      .catch((reason: unknown) => reason);
    expect(isIntegrationError(error) && [error.code, error.status, error.problem]).toEqual(['api', 404, undefined]);
  });

  it('an answer that does not hold what it must is an error that names the field, and is not asked for again', async () => {
    await using service = await seedService(() =>
      Response.json({ session_id: 's-1', model_id: 'm', status: 'active' }),
    );
    const call = clientOf(service.url).registerSession({ sessionId: 's-1', modelId: 'm' });
    const error: unknown = await call.catch((reason: unknown) => reason);
    expect(isIntegrationError(error) && error.code).toBe('serialization');
    expect(String(error)).toContain('/started_at');
    expect(service.arrived).toHaveLength(1);
  });
});
