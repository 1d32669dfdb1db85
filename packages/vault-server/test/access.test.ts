import { describe, expect, it } from 'vitest';

import { entry, testVault } from './test-vault.ts';

const policy = JSON.stringify({ policy_id: 'p', name: 'P', retention_days: 1 });

describe('access', () => {
  it('keeps tenants from seeing, changing or blocking each other', async () => {
    const { ask, json } = testVault();
    const theirs = { authorization: 'Bearer globex' };
    await json('POST', '/api/v1/archive', entry({ id: 'a' }));
    await ask('POST', '/api/v1/policies', policy);
    for (const [method, path, body] of [
      ['GET', '/api/v1/archive/a'],
      ['GET', '/api/v1/archive/a/metadata'],
      ['GET', '/api/v1/archive/a/content'],
      ['DELETE', '/api/v1/archive/a'],
      ['PUT', '/api/v1/archive/a/legal-hold'],
      ['DELETE', '/api/v1/archive/a/legal-hold'],
      ['PUT', '/api/v1/archive/a/policy', '{"policy_id":"p"}'],
      ['GET', '/api/v1/policies/p'],
    ] as const)
      expect((await ask(method, path, body, theirs)).status, `${method} ${path}`).toBe(404);
    expect(await json('GET', '/api/v1/archive', undefined, theirs)).toMatchObject({ archives: [] });
    expect(await json('GET', '/api/v1/policies', undefined, theirs)).toEqual({ policies: [] });
    expect(await json('GET', '/api/v1/audit', undefined, theirs)).toMatchObject({ entries: [], head: null });
    const own = await json('POST', '/api/v1/archive', entry({ id: 'a', data: 'theirs' }), theirs);
    expect(own).toMatchObject({ duplicate: false });
    expect(await json('GET', '/api/v1/archive/a')).toEqual(entry({ id: 'a' }));
  });

  it.each([
    ['reader', 'POST', '/api/v1/archive', 'write'],
    ['reader', 'POST', '/api/v1/archive/batch', 'write'],
    ['reader', 'POST', '/api/v1/policies', 'write'],
    ['reader', 'PUT', '/api/v1/archive/a/policy', 'write'],
    ['writer', 'DELETE', '/api/v1/archive/a', 'delete'],
    ['writer', 'PUT', '/api/v1/archive/a/legal-hold', 'hold'],
    ['writer', 'DELETE', '/api/v1/archive/a/legal-hold', 'hold'],
    ['writer', 'POST', '/api/v1/retention/sweep', 'admin'],
    ['writer', 'GET', '/api/v1/audit', 'admin'],
  ])('a %s may not %s %s', async (key, method, path, scope) => {
    const { ask } = testVault();
    const answer = await ask(method, path, undefined, { authorization: `Bearer ${key}` });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('www-authenticate')).toContain(`scope="${scope}"`);
  });

  it('lets a writer write and a reader read', async () => {
    const { ask } = testVault();
    const write = await ask('POST', '/api/v1/archive', JSON.stringify(entry({ id: 'a' })), {
      authorization: 'Bearer writer',
    });
    expect(write.status).toBe(200);
    expect((await ask('GET', '/api/v1/archive/a', undefined, { authorization: 'Bearer reader' })).status).toBe(200);
  });

  it('refuses bodies above the limit with 413 and stores nothing of them', async () => {
    const { ask, json } = testVault({ limits: { maxBodyBytes: 2000 } });
    const big = JSON.stringify(entry({ data: 'x'.repeat(2000) }));
    const answer = await ask('POST', '/api/v1/archive', big);
    expect(answer.status).toBe(413);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await json('GET', '/api/v1/archive')).toMatchObject({ archives: [] });
  });

  it('answers every error as a problem with the request id', async () => {
    const { ask } = testVault();
    for (const [method, path, body, status] of [
      ['POST', '/api/v1/archive', '{', 400],
      ['POST', '/api/v1/archive', '{"id":5}', 400],
      ['GET', '/api/v1/nothing', undefined, 404],
      ['PUT', '/api/v1/archive', '{}', 405],
      ['GET', '/api/v1/archive?archived_before=yesterday', undefined, 400],
      ['GET', '/api/v1/archive?cursor=junk', undefined, 400],
      ['GET', '/api/v1/archive?page_size=1001', undefined, 400],
    ] as const) {
      const answer = await ask(method, path, body, { 'x-request-id': 'req-7' });
      expect(answer.status, `${method} ${path}`).toBe(status);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.headers.get('x-request-id')).toBe('req-7');
      expect(await answer.json()).toMatchObject({ status, request_id: 'req-7' });
    }
  });

  it('never repeats content in an error', async () => {
    const { ask } = testVault();
    const wrong = { ...entry({ id: 'a' }), retention_days: 'sk-secret', metadata: 'sk-secret', data: 'sk-secret' };
    expect(await (await ask('POST', '/api/v1/archive', JSON.stringify(wrong))).text()).not.toContain('sk-secret');
  });

  it('can read and delete an archive whose id is "batch"', async () => {
    const { ask, json } = testVault();
    await json('POST', '/api/v1/archive', entry({ id: 'batch' }));
    expect(await json('GET', '/api/v1/archive/batch')).toMatchObject({ id: 'batch' });
    expect((await ask('DELETE', '/api/v1/archive/batch')).status).toBe(204);
  });
});

describe('operations', () => {
  it('tells health, readiness, capabilities and its API without a key', async () => {
    const { server } = testVault();
    const get = async (path: string): Promise<Response> => server.fetch(new Request(`http://vault.test${path}`));
    expect((await get('/health')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    expect(await (await get('/api/v1/capabilities')).json()).toMatchObject({
      receipts: true,
      sealed_frames: 'application/vnd.llm-memory-graph.sealed-frames',
      max_body_bytes: 67_108_864,
    });
    const document = (await (await get('/openapi.json')).json()) as { openapi: string; paths: object };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/api/v1/archive/{id}/legal-hold', '/api/v1/audit', '/api/v1/retention/sweep']),
    );
    expect((await get('/metrics')).status).toBe(401);
  });

  it('is not ready when its store is not', async () => {
    const { memoryArchiveStore } = await import('../src/index.ts');
    const store = { ...memoryArchiveStore(), ping: () => Promise.reject(new Error('gone')) };
    const { ask } = testVault({ store });
    expect((await ask('GET', '/readyz')).status).toBe(503);
  });

  it('counts requests by route, never by id', async () => {
    const { ask, json } = testVault();
    await json('POST', '/api/v1/archive', entry({ id: 'secret-id' }));
    await ask('GET', '/api/v1/archive/secret-id');
    await ask('POST', '/api/v1/archive/batch', '[]');
    const text = await (await ask('GET', '/metrics')).text();
    expect(text).toContain('route="/api/v1/archive/:id"');
    expect(text).toContain('route="/api/v1/archive/batch"');
    expect(text).not.toContain('secret-id');
  });
});
