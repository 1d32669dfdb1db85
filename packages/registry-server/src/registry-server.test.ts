import { modelMetadata, sessionInfo, sessionPage, usagePage, usageStats } from '@llm-memory-graph/contracts';
import { describe, expect, it } from 'vitest';
import { createRegistryServer, memoryRegistryStore } from './index.ts';

const bare = modelMetadata.parse({
  modelId: 'bare',
  version: '0613',
  provider: 'openai',
  parameters: { temperature: 1 },
  createdAt: new Date('2023-06-13T00:00:00Z'),
});
const pricing = { currency: 'USD', prompt_per_million: '30', completion_per_million: 60 };
const gpt4 = { ...bare, modelId: 'gpt-4', metadata: { pricing } };

async function registry(options: { keys?: { secret: string; tenant?: string; scopes?: string[] }[] } = {}) {
  const store = memoryRegistryStore();
  await store.saveModels([gpt4, { ...bare, modelId: 'meta-llama/Llama-3' }, { ...bare, modelId: 'z' }]);
  const clock = { time: Date.parse('2026-01-01T12:00:00Z'), now: () => clock.time };
  const { fetch } = createRegistryServer({ store, clock, ...options });
  const call = async (method: string, path: string, body?: string, headers: Record<string, string> = {}) => {
    const json = { 'content-type': 'application/json', ...headers };
    const init = body === undefined ? { method, headers } : { method, headers: json, body };
    return fetch(new Request(`http://registry${path}`, init));
  };
  const register = (id: string, more = '') =>
    call(
      'POST',
      '/api/v1/sessions',
      `{"session_id":"${id}","model_id":"gpt-4","started_at":"2026-01-01T00:00:00Z"${more}}`,
    );
  const report = (id: string, more = '') =>
    call(
      'POST',
      '/api/v1/usage',
      `{"session_id":"${id}","prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"timestamp":"2026-01-01T01:00:00Z"${more}}`,
    );
  return { call, register, report, clock };
}

const typeOf = async (answer: Response) => ((await answer.json()) as { type: string }).type;

describe('sessions', () => {
  it('are answered with metadata and start as they came', async () => {
    const { call } = await registry();
    const metadata = '{"f":1.0,"n":-0.0,"i":12345678901234567890,"__proto__":{"x":1},"b":2,"a":1}';
    const body = `{"session_id":"s","model_id":"gpt-4","model_version":"","started_at":"2026-01-01T00:00:00.123456789Z","metadata":${metadata},"tags":["x"]}`;
    for (const answer of [await call('POST', '/api/v1/sessions', body), await call('POST', '/api/v1/sessions', body)]) {
      expect(answer.status).toBe(201);
      const text = await answer.text();
      expect(text).toContain(`"metadata":${metadata}`);
      expect(text).toContain('"started_at":"2026-01-01T00:00:00.123456789Z"');
      expect(sessionInfo.decode(JSON.parse(text))).toMatchObject({ status: 'active', endedAt: null, promptCount: 0 });
    }
  });

  it.each([
    ['another model', '{"session_id":"s","model_id":"other"}'],
    ['other metadata', '{"session_id":"s","model_id":"gpt-4","metadata":{"a":[["b",1]]}}'],
    ['other tags', '{"session_id":"s","model_id":"gpt-4","metadata":{"a":{"b":1}},"tags":["t"]}'],
    [
      'another start',
      '{"session_id":"s","model_id":"gpt-4","metadata":{"a":{"b":1}},"started_at":"2026-01-01T00:00:00Z"}',
    ],
  ])('under a known id with %s are a conflict', async (_what, body) => {
    const { call } = await registry();
    await call('POST', '/api/v1/sessions', '{"session_id":"s","model_id":"gpt-4","metadata":{"a":{"b":1}}}');
    const answer = await call('POST', '/api/v1/sessions', body);
    expect([answer.status, await typeOf(answer)]).toEqual([409, '/problems/conflict']);
    const reordered = await call(
      'POST',
      '/api/v1/sessions',
      '{ "metadata":{"a":{"b":1}}, "model_id":"gpt-4","session_id":"s"}',
    );
    expect(reordered.status).toBe(201);
  });

  it('start, and are metered, when the clock of the service says, unless the client does', async () => {
    const { call, clock } = await registry();
    await call('POST', '/api/v1/sessions', '{"session_id":"s","model_id":"gpt-4"}');
    const { startedAt } = sessionInfo.decode(await (await call('GET', '/api/v1/sessions/s')).json());
    expect(startedAt).toEqual(new Date(clock.now()));
    const counts = '"session_id":"s","prompt_tokens":10,"completion_tokens":5,"total_tokens":15';
    await call('POST', '/api/v1/usage', `{${counts}}`);
    await call('POST', '/api/v1/usage/batch', `{"reports":[{${counts},"report_id":"r"}]}`);
    const within = `from=${startedAt.toISOString()}&to=2026-01-01T12:00:01Z`;
    const usage = usageStats.decode(await (await call('GET', `/api/v1/sessions/s/usage?${within}`)).json());
    expect(usage.totalPromptTokens).toBe(20);
  });

  it('get their end when they are completed and keep it', async () => {
    const { call, register, clock } = await registry();
    await register('s');
    const set = async (status: string) => {
      const answer = await call('PUT', '/api/v1/sessions/s/status', JSON.stringify({ status }));
      const body = (await answer.json()) as { status: unknown; ended_at: unknown; type?: unknown };
      return [answer.status, body.type ?? body.status, body.ended_at];
    };
    expect(await set('active')).toEqual([200, 'active', null]);
    expect(await set('completed')).toEqual([200, 'completed', '2026-01-01T12:00:00.000Z']);
    clock.time += 60_000;
    expect(await set('completed')).toEqual([200, 'completed', '2026-01-01T12:00:00.000Z']);
    expect(await set('failed')).toEqual([200, 'failed', '2026-01-01T12:00:00.000Z']);
    expect(await set('active')).toEqual([200, 'active', null]);
    expect(await set('failed')).toEqual([200, 'failed', '2026-01-01T12:01:00.000Z']);
    for (let i = 0; i < 2; i++) expect(await set('archived')).toEqual([200, 'archived', '2026-01-01T12:01:00.000Z']);
    expect(await set('completed')).toEqual([409, '/problems/illegal-transition', undefined]);
    expect(await set('Completed')).toEqual([400, '/problems/validation', undefined]);
  });

  it('are listed in pages, behind a cursor and by filter', async () => {
    const { call, register } = await registry();
    for (const id of ['c', 'a', 'b']) await register(id, id === 'b' ? ',"tags":["t"]' : '');
    const list = async (query: string) =>
      sessionPage.decode(await (await call('GET', `/api/v1/sessions${query}`)).json());
    const idsOf = (page: Awaited<ReturnType<typeof list>>) => page.sessions.map((item) => item.sessionId);
    const all = await list('');
    expect([idsOf(all), all.total, all.page, all.nextCursor]).toEqual([['a', 'b', 'c'], 3, 1, null]);
    expect(idsOf(await list('?page=2&page_size=2'))).toEqual(['c']);
    expect(idsOf(await list('?page=9'))).toEqual([]);
    const first = await list('?page_size=2');
    expect(idsOf(await list(`?page_size=2&cursor=${first.nextCursor ?? ''}`))).toEqual(['c']);
    expect(idsOf(await list('?tag=t&status=active&model_id=gpt-4&started_after=2025-12-31T23:59:59Z'))).toEqual(['b']);
    expect(idsOf(await list('?started_before=2026-01-01T01:00:00%2B01:00'))).toEqual([]);
    for (const bad of ['page=0', 'page_size=1001', 'page=x', 'cursor=x', 'status=done', 'started_after=2026'])
      expect((await call('GET', `/api/v1/sessions?${bad}`)).status, bad).toBe(400);
  });

  it('are gone after their deletion', async () => {
    const { call, register } = await registry();
    await register('s');
    expect((await call('DELETE', '/api/v1/sessions/s')).status).toBe(204);
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/usage'],
    ] as const) {
      const answer = await call(method, `/api/v1/sessions/s${path}`);
      expect([answer.status, await typeOf(answer)]).toEqual([404, '/problems/unknown-session']);
    }
  });
});

describe('usage', () => {
  it('of a report that comes twice counts once, by its bytes or by its id', async () => {
    const { call, register, report } = await registry();
    await register('s');
    for (const more of ['', '', ',"model_id":""', ',"report_id":"r"', ',"report_id":"r","latency_ms":7'])
      expect((await report('s', more)).status).toBe(204);
    const session = sessionInfo.decode(await (await call('GET', '/api/v1/sessions/s')).json());
    expect([session.promptCount, session.totalTokens]).toEqual([3, 45]);
  });

  it('of an unknown session is refused by name, never lost silently', async () => {
    const answer = await (await registry()).report('nobody');
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({
      type: '/problems/unknown-session',
      detail: 'session "nobody" is not registered',
      session_id: 'nobody',
    });
  });

  it('has every field before the first report, with real dates', async () => {
    const { call, register } = await registry();
    await register('s');
    const zero = { total_prompts: 0, total_responses: 0, total_prompt_tokens: 0, total_completion_tokens: 0 };
    for (const [path, from] of [
      ['/api/v1/sessions/s/usage', '2026-01-01T00:00:00.000Z'],
      ['/api/v1/models/gpt-4/usage', '2023-06-13T00:00:00.000Z'],
    ] as const) {
      const body: unknown = await (await call('GET', path)).json();
      expect(body).toMatchObject({ ...zero, total_tokens: 0, avg_latency_ms: 0, from, to: from, custom_metrics: {} });
    }
  });

  it('keeps every digit up to 2^63 - 1', async () => {
    const { call, register } = await registry();
    await register('s');
    const max = '9223372036854775807';
    const body = `{"session_id":"s","prompt_tokens":${max},"completion_tokens":9007199254740993,"total_tokens":${max},"latency_ms":null,"timestamp":"2026-01-01T01:00:00Z","metadata":{}}`;
    expect((await call('POST', '/api/v1/usage', body)).status).toBe(204);
    const text = await (await call('GET', '/api/v1/sessions/s/usage')).text();
    expect(text).toContain(`"total_prompt_tokens":${max}`);
    expect(text).toContain('"total_completion_tokens":9007199254740993');
    expect(await (await call('GET', '/api/v1/sessions/s')).text()).toContain(`"total_tokens":${max}`);
    const beyond = await call('POST', '/api/v1/usage', body.replace(max, '9223372036854775808'));
    expect(await beyond.json()).toMatchObject({ status: 400, errors: [{ pointer: '/prompt_tokens' }] });
  });

  it('averages the latency over the reports that carry one', async () => {
    const { call, register, report } = await registry();
    await register('s');
    for (const latency of ['null', '100', '201']) await report('s', `,"latency_ms":${latency}`);
    const usage = usageStats.decode(await (await call('GET', '/api/v1/models/gpt-4/usage')).json());
    expect([usage.totalPrompts, usage.avgLatencyMs]).toEqual([3, 150.5]);
  });

  it('comes in batches, each report with its own outcome', async () => {
    const { call, register } = await registry();
    await register('s');
    const one = (id: string, session = 's') =>
      `{"session_id":"${session}","report_id":"${id}","prompt_tokens":1,"completion_tokens":1,"total_tokens":2}`;
    const answer = await call('POST', '/api/v1/usage/batch', `{"reports":[${one('1')},${one('1')},${one('2', 'x')}]}`);
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { accepted: 1, duplicates: 1, rejected: [{ index: 2, error: 'session "x" is not registered' }] },
    ]);
    const wrong = await call('POST', '/api/v1/usage/batch', `{"reports":[${one('1')},{"session_id":"s"}]}`);
    expect(await wrong.json()).toMatchObject({ errors: [{ pointer: '/reports/1/prompt_tokens' }, {}, {}] });
  });

  it('of a period is that from its first instant to just before its last', async () => {
    const { call, register } = await registry();
    await register('s');
    const report = (hour: number, model: string) =>
      `{"session_id":"s","model_id":"${model}","prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"timestamp":"2026-01-0${String(hour)}T00:00:00Z"}`;
    for (const day of [1, 2, 3]) await call('POST', '/api/v1/usage', report(day, day === 3 ? 'own' : 'gpt-4'));
    const counted = async (path: string, query: string) => {
      const { total_prompts, from, to } = (await (await call('GET', `${path}?${query}`)).json()) as Record<
        string,
        unknown
      >;
      return [total_prompts, from, to];
    };
    const [first, last] = ['2026-01-02T00:00:00.000Z', '2026-01-03T00:00:00.000Z'];
    for (const path of ['/api/v1/sessions/s/usage', '/api/v1/models/gpt-4/usage']) {
      expect(await counted(path, `from=${first}&to=${last}`)).toEqual([1, first, last]);
      expect(await counted(path, `to=${first}`)).toEqual([1, '2026-01-01T00:00:00.000Z', first]);
      expect(await counted(path, 'from=2027-01-01T00:00:00Z')).toEqual([
        0,
        '2027-01-01T00:00:00.000Z',
        '2027-01-01T00:00:00.000Z',
      ]);
    }
    expect(await counted('/api/v1/sessions/s/usage', 'to=1999-01-01T00:00:00Z')).toEqual([
      0,
      '1999-01-01T00:00:00.000Z',
      '1999-01-01T00:00:00.000Z',
    ]);
    expect((await counted('/api/v1/models/own/usage', 'to=1999-01-01T00:00:00Z'))[0]).toBe(0);
    for (const query of ['from=x', 'to=9999-12-31T23:59:59-23:59', `from=${last}&to=${first}`, 'from=2026-01-01'])
      expect((await call('GET', `/api/v1/models/gpt-4/usage?${query}`)).status, query).toBe(400);
  });

  it('is listed by model, with the cost by the prices in its metadata', async () => {
    const { call, register, report } = await registry();
    await register('s');
    await register('other');
    for (const model of ['z', 'gpt-4', 'unlisted']) await report('s', `,"model_id":"${model}"`);
    await report('other');
    const list = async (query: string) => {
      const answer = await call('GET', `/api/v1/usage?${query}`);
      expect([answer.status, answer.headers.get('etag')]).toEqual([200, expect.any(String)]);
      return usagePage.decode(await answer.json());
    };
    const all = await list('');
    expect(all).toMatchObject({ total: 3, page: 1, pageSize: 50, nextCursor: null });
    expect(all.usage.map(({ id, totalPrompts, cost }) => [id, totalPrompts, cost])).toEqual([
      ['gpt-4', 2, { currency: 'USD', prompt: '0.0006', completion: '0.0006', total: '0.0012' }],
      ['unlisted', 1, null],
      ['z', 1, null],
    ]);
    const one = usageStats.decode(await (await call('GET', '/api/v1/models/gpt-4/usage')).json());
    expect(one).toEqual(all.usage[0]);
    expect((await list('session_id=s')).usage.map(({ totalPrompts }) => totalPrompts)).toEqual([1, 1, 1]);
    expect((await list('from=2026-01-01T01:00:01Z')).total).toBe(0);
    const first = await list('page_size=2');
    expect((await list(`page_size=2&cursor=${first.nextCursor ?? ''}`)).usage).toEqual([all.usage[2]]);
    expect((await list('page_size=2&page=2')).usage).toEqual([all.usage[2]]);
  });

  it('answers 304 to who has it already', async () => {
    const { call, register, report } = await registry();
    await register('s');
    const etag = (await call('GET', '/api/v1/sessions/s/usage')).headers.get('etag') ?? '';
    const held = { 'if-none-match': `"x", W/${etag}` };
    const same = await call('GET', '/api/v1/sessions/s/usage', undefined, held);
    expect([same.status, same.headers.get('etag'), await same.text()]).toEqual([304, etag, '']);
    await report('s');
    expect((await call('GET', '/api/v1/sessions/s/usage', undefined, held)).status).toBe(200);
  });
});

describe('models', () => {
  it('are listed and found, also with a slash that is not encoded', async () => {
    const { call } = await registry();
    const page = (await (await call('GET', '/api/v1/models?page_size=2')).json()) as Record<string, unknown>;
    expect(page).toMatchObject({ total: 3, page: 1, page_size: 2, models: [{ model_id: 'gpt-4' }, {}] });
    for (const path of ['meta-llama/Llama-3', 'meta-llama%2FLlama-3']) {
      const model = (await (await call('GET', `/api/v1/models/${path}`)).json()) as Record<string, unknown>;
      expect(model).toMatchObject({ model_id: 'meta-llama/Llama-3', parameters: { temperature: 1, max_tokens: null } });
      expect((await call('GET', `/api/v1/models/${path}/usage`)).status).toBe(200);
    }
    expect((await call('GET', '/api/v1/models/none')).status).toBe(404);
    expect((await call('GET', '/api/v1/models/none/usage')).status).toBe(404);
    expect((await call('GET', '/api/v1/models/a%2F%2Fb')).status).toBe(400);
  });

  it('that only sessions know have usage too', async () => {
    const { call } = await registry();
    await call('POST', '/api/v1/sessions', '{"session_id":"s","model_id":"own","started_at":"2026-01-01T00:00:00Z"}');
    const usage: unknown = await (await call('GET', '/api/v1/models/own/usage')).json();
    expect(usage).toMatchObject({ id: 'own', total_prompts: 0, from: '2026-01-01T00:00:00.000Z' });
  });
});

describe('keys', () => {
  it('separate tenants and limit what may be done', async () => {
    const { call } = await registry({
      keys: [
        { secret: 'a', tenant: 'a' },
        { secret: 'b', tenant: 'b' },
        { secret: 'r', tenant: 'a', scopes: ['registry:read'] },
      ],
    });
    const as = (key: string) => ({ authorization: `Bearer ${key}` });
    const body = '{"session_id":"s","model_id":"gpt-4"}';
    expect((await call('POST', '/api/v1/sessions', body, as('a'))).status).toBe(201);
    expect((await call('GET', '/api/v1/sessions/s', undefined, as('r'))).status).toBe(200);
    expect((await call('GET', '/api/v1/sessions/s', undefined, as('b'))).status).toBe(404);
    expect((await call('DELETE', '/api/v1/sessions/s', undefined, as('r'))).status).toBe(403);
    expect((await call('GET', '/metrics', undefined, as('r'))).status).toBe(403);
    expect((await call('GET', '/api/v1/sessions')).status).toBe(401);
    expect((await call('GET', '/health')).status).toBe(200);
  });
});

describe('operations', () => {
  it('tell readiness, capabilities and metrics by route, not by path', async () => {
    const { call, register } = await registry();
    await register('secret-id');
    await call('GET', '/api/v1/sessions/secret-id');
    expect((await call('GET', '/readyz')).status).toBe(200);
    const capabilities = await call('GET', '/api/v1/capabilities');
    expect(capabilities.headers.get('accept-encoding')).toBe('zstd, gzip');
    const metrics = await (await call('GET', '/metrics')).text();
    expect(metrics).toContain(
      'http_server_request_duration_seconds_count{service="registry",method="GET",route="/api/v1/sessions/:id",status="200"} 1',
    );
    expect(metrics).not.toContain('secret-id');
  });
});
