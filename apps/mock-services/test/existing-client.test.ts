import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMockServices, type MockServices } from '../src/index.ts';
import { RawClient } from './raw-client.ts';

const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const anyString = expect.any(String) as string;
const anyNumber = expect.any(Number) as number;
const sealing = { 'x-encryption-enabled': 'true', 'x-compression-enabled': 'true' };

// Bodies as serde writes them: nine fraction digits, empty strings and maps present, no field order of ours.
const sessionBody = (id: string) =>
  `{"session_id":"${id}","model_id":"gpt-4","model_version":"","started_at":"2025-11-07T10:15:30.123456789Z","metadata":{"team":"search","ratio":1.0},"tags":["prod"]}`;
const usageBody = (id: string, model = '') =>
  `{"session_id":"${id}","model_id":"${model}","prompt_tokens":150,"completion_tokens":50,"total_tokens":200,"latency_ms":250,"timestamp":"2025-11-07T10:15:31.000000001Z","metadata":{}}`;
const data =
  '{"messages":[{"role":"user","content":"héllo"}],"f":1.0,"n":-0.0,"big":12345678901234567890,"__proto__":{"a":1},"z":1,"a":null}';
const entryBody = (id: string, text = data) =>
  `{"id":"${id}","session_id":"session-1","data":${text},"archived_at":"2025-11-07T10:20:00.123456789Z","retention_days":365,"tags":["manual"],"metadata":{"archived_by":"archival_scheduler"}}`;

describe.each(['in memory', 'durable'])('the existing client, %s', (kind) => {
  const dir = mkdtempSync(join(tmpdir(), 'existing-client-'));
  let services: MockServices;
  let registry: RawClient;
  let vault: RawClient;

  beforeAll(async () => {
    services = await startMockServices({
      registryApiKey: 'registry-key',
      vaultApiKey: 'vault-key',
      dataDir: kind === 'durable' ? dir : undefined,
    });
    registry = new RawClient(services.registryUrl, services.registryApiKey);
    vault = new RawClient(services.vaultUrl, services.vaultApiKey);
  });
  afterAll(async () => {
    registry[Symbol.dispose]();
    vault[Symbol.dispose]();
    await services.close();
    rmSync(dir, { recursive: true });
  });

  it('finds both services healthy without a key', async () => {
    for (const client of [registry, vault]) {
      const answer = await client.send('GET', '/health');
      expect(answer.status).toBe(200);
      expect(answer.headers['keep-alive']).toBe('timeout=95');
    }
  });

  it('registers a session; a byte-identical repeat answers as the first time, other content is 409', async () => {
    const first = await registry.send('POST', '/api/v1/sessions', sessionBody('r-1'));
    expect(first.headers['content-length']).toBe(String(Buffer.byteLength(first.text)));
    expect(json(first.text)).toEqual({
      session_id: 'r-1',
      model_id: 'gpt-4',
      model_version: '',
      started_at: '2025-11-07T10:15:30.123456789Z',
      ended_at: null,
      status: 'active',
      prompt_count: 0,
      total_tokens: 0,
      metadata: { team: 'search', ratio: 1 },
      tags: ['prod'],
    });
    const again = await registry.send('POST', '/api/v1/sessions', sessionBody('r-1'));
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    const other = await registry.send('POST', '/api/v1/sessions', sessionBody('r-1').replace('search', 'ads'));
    expect([other.status, other.headers['content-type']]).toEqual([409, 'application/problem+json']);
  });

  it('tracks usage: a byte-identical repeat counts once, an empty model counts for the model of the session', async () => {
    await registry.send('POST', '/api/v1/sessions', sessionBody('u-1'));
    const before = json((await registry.send('GET', '/api/v1/models/gpt-4/usage')).text);
    for (let i = 0; i < 3; i++)
      expect((await registry.send('POST', '/api/v1/usage', usageBody('u-1'))).status).toBe(204);
    const usage = json((await registry.send('GET', '/api/v1/sessions/u-1/usage')).text);
    expect(usage).toEqual({
      id: 'u-1',
      total_prompts: 1,
      total_responses: 1,
      total_prompt_tokens: 150,
      total_completion_tokens: 50,
      total_tokens: 200,
      avg_latency_ms: 250,
      from: '2025-11-07T10:15:31.000Z',
      to: '2025-11-07T10:15:31.000Z',
      custom_metrics: {},
    });
    const after = json((await registry.send('GET', '/api/v1/models/gpt-4/usage')).text);
    expect(Number(after['total_tokens']) - Number(before['total_tokens'])).toBe(200);
    const unknown = await registry.send('POST', '/api/v1/usage', usageBody('never-registered'));
    expect([unknown.status, json(unknown.text)['session_id']]).toEqual([404, 'never-registered']);
  });

  it('walks a session through its life', async () => {
    await registry.send('POST', '/api/v1/sessions', sessionBody('l-1'));
    for (const status of ['active', 'completed', 'archived']) {
      const answer = await registry.send('PUT', '/api/v1/sessions/l-1/status', `{"status":"${status}"}`);
      expect([answer.status, json(answer.text)['status']]).toEqual([200, status]);
    }
    const listed = json((await registry.send('GET', '/api/v1/sessions?page=1&page_size=50')).text);
    expect(Object.keys(listed)).toEqual(expect.arrayContaining(['sessions', 'total', 'page', 'page_size']));
    expect((await registry.send('DELETE', '/api/v1/sessions/l-1')).status).toBe(204);
    expect((await registry.send('GET', '/api/v1/sessions/l-1')).status).toBe(404);
  });

  it('reads models with every field it requires', async () => {
    const { models } = json((await registry.send('GET', '/api/v1/models')).text) as { models: { model_id: string }[] };
    expect(models.map((model) => model.model_id)).toContain('gpt-4');
    for (const { model_id } of models) {
      const model = json((await registry.send('GET', `/api/v1/models/${model_id}`)).text);
      expect(model).toMatchObject({ model_id, version: anyString, provider: anyString });
      expect(model['created_at']).toMatch(/Z$/);
      expect(model['parameters']).toMatchObject({ temperature: anyNumber, stop_sequences: [], custom: {} });
    }
  });

  it('archives a session and gets its data back digit for digit', async () => {
    const first = await vault.send('POST', '/api/v1/archive', entryBody('a-1'), sealing);
    const again = await vault.send('POST', '/api/v1/archive', entryBody('a-1'), sealing);
    for (const answer of [first, again]) {
      expect(Math.floor(answer.status / 100)).toBe(2);
      expect(json(answer.text)).toMatchObject({ archive_id: 'a-1', session_id: 'session-1', status: 'archived' });
    }
    const back = await vault.send('GET', '/api/v1/archive/a-1');
    expect(back.headers['content-encoding']).toBeUndefined();
    expect(back.text).toContain(`"data":${data}`);
    expect(json(back.text)).toMatchObject({ id: 'a-1', retention_days: 365, tags: ['manual'] });
    const other = await vault.send('POST', '/api/v1/archive', entryBody('a-1', '{"other":1}'), sealing);
    expect(other.status).toBe(409);
  });

  it.each(['null', '"text"', '[1.0,[]]', '0'])('archives any JSON value: %s', async (value) => {
    const id = `v-${Buffer.from(value).toString('hex')}`;
    await vault.send('POST', '/api/v1/archive', entryBody(id, value), { 'x-encryption-enabled': 'false' });
    expect((await vault.send('GET', `/api/v1/archive/${id}`)).text).toContain(`"data":${value}`);
  });

  it('archives batches as bare arrays, also empty', async () => {
    const empty = json((await vault.send('POST', '/api/v1/archive/batch', '[]', sealing)).text);
    expect(empty).toMatchObject({ archived: [], total: 0, success_count: 0 });
    const two = await vault.send('POST', '/api/v1/archive/batch', `[${entryBody('b-1')},${entryBody('b-2')}]`, sealing);
    expect(json(two.text)).toMatchObject({ archived: ['b-1', 'b-2'], total: 2, success_count: 2, failed: [] });
  });

  it('puts an archive under a policy and deletes it', async () => {
    await vault.send('POST', '/api/v1/archive', entryBody('p-1'), sealing);
    const policy =
      '{"policy_id":"hipaa-1","name":"HIPAA","retention_days":2555,"auto_delete":false,"compliance_level":"hipaa","description":null,"created_at":"2025-11-07T10:20:00.5Z","tags":[]}';
    for (let i = 0; i < 2; i++) {
      const created = await vault.send('POST', '/api/v1/policies', policy);
      expect(json(created.text)).toMatchObject({ policy_id: 'hipaa-1' });
    }
    expect((await vault.send('PUT', '/api/v1/archive/p-1/policy', '{"policy_id":"hipaa-1"}')).status).toBe(204);
    await vault.send('POST', '/api/v1/archive', entryBody('d-1'), sealing);
    expect((await vault.send('DELETE', '/api/v1/archive/d-1')).status).toBe(204);
    expect((await vault.send('GET', '/api/v1/archive/d-1')).status).toBeGreaterThanOrEqual(400);
  });

  it('is refused a path that climbs, and a wrong key', async () => {
    for (const path of [
      '/api/v1/sessions/../models',
      '/api/v1/sessions/%2e%2e',
      '/api/v1/sessions/a%00',
      '/api/v1/sessions/a%2Fb',
      '/api/v1/sessions/a\\b',
    ])
      expect(await registry.send('GET', path), path).toMatchObject({
        status: 400,
        headers: { 'content-type': 'application/problem+json' },
      });
    using stranger = new RawClient(services.vaultUrl, 'wrong');
    const answer = await stranger.send('GET', '/api/v1/archive/a-1');
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="vault", error="invalid_token"',
    ]);
  });
});
