import { ArchiveError, digestOf } from '@llm-memory-graph/sealed-archive';
import { describe, expect, it } from 'vitest';

import { createVaultServer, memoryArchiveStore } from '../src/index.ts';
import { sqliteArchiveStore } from '../src/node.ts';
import { entry, testVault as vaultOver } from './test-vault.ts';

const id = '6f1c9a52-3b1e-4f0d-9a40-0d8f3f6f2a11';

const stores = { memory: memoryArchiveStore, sqlite: () => sqliteArchiveStore({ path: ':memory:' }) };

describe.each(['memory', 'sqlite'] as const)('the wire of the existing client, store %s', (kind) => {
  const testVault: typeof vaultOver = (options) => vaultOver({ store: stores[kind](), ...options });

  it('archives and gives the entry back', async () => {
    const { json, ask } = testVault();
    const receipt = await json('POST', '/api/v1/archive', entry());
    expect(receipt).toMatchObject({
      archive_id: id,
      session_id: 'session-1',
      status: 'archived',
      archived_at: '2026-03-01T11:59:59.123456789Z',
      duplicate: false,
    });
    expect(await json('GET', `/api/v1/archive/${id}`)).toEqual(entry());
    const content = new Uint8Array(await (await ask('GET', `/api/v1/archive/${id}/content`)).arrayBuffer());
    expect(receipt).toMatchObject({ digest: digestOf(content), size: content.length });
  });

  it('fills in its own time where the client told none', async () => {
    const { json, clock } = testVault();
    const at = new Date(clock.now()).toISOString();
    const bare = (archive: string): object => ({ id: archive, session_id: 's', retention_days: 1, data: 1 });
    await json('POST', '/api/v1/archive', bare('a'));
    await json('POST', '/api/v1/archive/batch', [bare('b')]);
    for (const archive of ['a', 'b'])
      expect(await json('GET', `/api/v1/archive/${archive}/metadata`)).toMatchObject({ archived_at: at });
    const policy = { policy_id: 'p', name: 'P', retention_days: 1 };
    expect(await json('POST', '/api/v1/policies', policy)).toMatchObject({ created_at: at });
  });

  it.each([
    'null',
    'false',
    '0',
    '-0.0',
    '1.0',
    '12345678901234567890',
    '1e400',
    '"\\u0041 \\ud800"',
    '[]',
    '{"b":1.50,"a":[ -0.0, 1E2, 9007199254740993 ],"__proto__":{"x":1}, "c":"ü\\/"}',
  ])('keeps the text of data and metadata: %s', async (data) => {
    const { ask } = testVault();
    const metadata = '{ "n": 1.0, "big": 12345678901234567890, "__proto__": null }';
    const body = `{"id":"a","session_id":"s","metadata":${metadata},"retention_days":1,"data":${data}}`;
    for (const [path, sent] of [
      ['/api/v1/archive', body],
      ['/api/v1/archive/batch', `[ ${body.replace('"id":"a"', '"id":"b"')} ]`],
    ] as const)
      expect((await ask('POST', path, sent)).status).toBe(200);
    for (const name of ['a', 'b']) {
      const text = await (await ask('GET', `/api/v1/archive/${name}`)).text();
      expect(text).toContain(`"data":${data}}`);
      expect(text).toContain(`"metadata":${metadata}`);
    }
    expect(await (await ask('GET', '/api/v1/archive/a/metadata')).text()).toContain(`"metadata":${metadata}`);
  });

  it('seals as the headers say, encrypted and compressed unless switched off', async () => {
    const { json, ask } = testVault();
    const sealed = async (name: string, headers: Record<string, string>): Promise<unknown> => {
      await json('POST', '/api/v1/archive', entry({ id: name }), headers);
      const { encrypted, compressed } = await json('GET', `/api/v1/archive/${name}/metadata`);
      expect(await json('GET', `/api/v1/archive/${name}`)).toEqual(entry({ id: name }));
      return { encrypted, compressed };
    };
    expect(await sealed('a', {})).toEqual({ encrypted: true, compressed: true });
    const off = { 'x-encryption-enabled': 'false', 'x-compression-enabled': 'false' };
    expect(await sealed('b', off)).toEqual({ encrypted: false, compressed: false });
    expect(await sealed('c', { 'x-encryption-enabled': 'true' })).toEqual({ encrypted: true, compressed: true });
    const plain = await (await ask('GET', '/api/v1/archive/b/content')).text();
    expect(plain).toContain('hello');
    const secret = await (await ask('GET', '/api/v1/archive/a/content')).text();
    expect(secret).not.toContain('hello');
    expect((await ask('POST', '/api/v1/archive', '{}', { 'x-encryption-enabled': 'yes' })).status).toBe(400);
  });

  it('answers the same entry again as the first time, and other content under the id with 409', async () => {
    const { json, ask } = testVault();
    const first = await json('POST', '/api/v1/archive', entry());
    expect(await json('POST', '/api/v1/archive', entry())).toEqual({ ...first, duplicate: true });
    const laterStamp = entry({ archived_at: '2026-03-02T00:00:00Z' });
    expect(await json('POST', '/api/v1/archive', laterStamp)).toEqual({ ...first, duplicate: true });
    for (const other of [
      { data: 1 },
      { session_id: 'other' },
      { tags: [] },
      { metadata: {} },
      { retention_days: 366 },
    ]) {
      const answer = await ask('POST', '/api/v1/archive', JSON.stringify(entry(other)));
      expect(answer.status).toBe(409);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(await answer.json()).toMatchObject({ type: '/problems/archive-conflict' });
    }
    expect(await json('GET', `/api/v1/archive/${id}`)).toEqual(entry());
  });

  it('takes a bare array of any size and reports every element', async () => {
    const { json } = testVault();
    expect(await json('POST', '/api/v1/archive/batch', [])).toEqual({
      archived: [],
      total: 0,
      success_count: 0,
      failed: [],
      receipts: [],
    });
    await json('POST', '/api/v1/archive', entry({ id: 'held', data: 'first' }));
    const batch = [
      entry({ id: 'a' }),
      entry({ id: 'held', data: 'second', session_id: 's-held' }),
      { id: 'no-session' },
      7,
      entry({ id: 'a/b', session_id: 's-bad' }),
      entry({ id: 'a' }),
      entry({ id: 'b' }),
    ];
    const result = await json('POST', '/api/v1/archive/batch', batch);
    expect(result).toMatchObject({ archived: ['a', 'a', 'b'], total: 7, success_count: 3 });
    expect(result['failed']).toMatchObject([
      { session_id: 's-held', archive_id: 'held', index: 1, type: 'archive-conflict' },
      { session_id: '', archive_id: 'no-session', index: 2, type: 'validation' },
      { session_id: '', index: 3, type: 'validation' },
      { session_id: 's-bad', index: 4, type: 'validation' },
    ]);
    const receipts = result['receipts'] as { duplicate: boolean }[];
    expect(receipts.map((receipt) => receipt.duplicate)).toEqual([false, true, false]);
    expect(await json('GET', '/api/v1/archive/held')).toMatchObject({ data: 'first' });
  });

  it('refuses a batch that is no array, and an entry without data, naming the field', async () => {
    const { ask } = testVault();
    expect((await ask('POST', '/api/v1/archive/batch', '{"data":[]}')).status).toBe(400);
    const { data: _, ...rest } = entry();
    const answer = await ask('POST', '/api/v1/archive', JSON.stringify(rest));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ pointer: '/data' }] });
  });

  it('deletes with 204, again with 204, and never takes the id again', async () => {
    const { json, ask } = testVault();
    await json('POST', '/api/v1/archive', entry());
    expect((await ask('DELETE', `/api/v1/archive/${id}`)).status).toBe(204);
    expect((await ask('DELETE', `/api/v1/archive/${id}`)).status).toBe(204);
    expect((await ask('DELETE', '/api/v1/archive/never')).status).toBe(404);
    for (const path of ['', '/metadata', '/content'])
      expect((await ask('GET', `/api/v1/archive/${id}${path}`)).status).toBe(410);
    const late = await ask('POST', '/api/v1/archive', JSON.stringify(entry()));
    expect(late.status).toBe(410);
    expect(await late.json()).toMatchObject({ type: '/problems/archive-deleted' });
    expect(await json('POST', '/api/v1/archive/batch', [entry()])).toMatchObject({
      archived: [],
      failed: [{ session_id: 'session-1' }],
    });
  });

  it('keeps policies by id', async () => {
    const { json, ask } = testVault();
    const policy = {
      policy_id: 'hipaa-7y',
      name: 'HIPAA',
      retention_days: 2555,
      auto_delete: true,
      compliance_level: 'hipaa',
      description: null,
      created_at: '2026-03-01T00:00:00Z',
      tags: ['compliance'],
    };
    const created = await json('POST', '/api/v1/policies', policy);
    expect(created).toMatchObject({ policy_id: 'hipaa-7y' });
    expect(await json('POST', '/api/v1/policies', policy)).toEqual(created);
    expect((await ask('POST', '/api/v1/policies', JSON.stringify({ ...policy, retention_days: 1 }))).status).toBe(409);
    expect(await json('GET', '/api/v1/policies/hipaa-7y')).toEqual(created);
    expect(await json('GET', '/api/v1/policies')).toEqual({ policies: [created] });
    expect((await ask('GET', '/api/v1/policies/none')).status).toBe(404);
  });

  it('applies a policy with 204; the longest retention wins', async () => {
    const { json, ask } = testVault();
    await json('POST', '/api/v1/archive', entry({ retention_days: 100 }));
    for (const [policyId, days] of [
      ['long', 200],
      ['short', 10],
    ])
      await json('POST', '/api/v1/policies', { policy_id: policyId, name: 'p', retention_days: days });
    const apply = async (policyId: string): Promise<number> =>
      (await ask('PUT', `/api/v1/archive/${id}/policy`, JSON.stringify({ policy_id: policyId }))).status;
    const metadata = (): Promise<object> => json('GET', `/api/v1/archive/${id}/metadata`);
    expect(await metadata()).toMatchObject({ expires_at: '2026-06-09T12:00:00.000Z', policy_id: null });
    expect(await apply('short')).toBe(204);
    expect(await metadata()).toMatchObject({ retention_days: 100, policy_id: 'short' });
    expect(await apply('long')).toBe(204);
    expect(await apply('long')).toBe(204);
    expect(await metadata()).toMatchObject({
      retention_days: 200,
      expires_at: '2026-09-17T12:00:00.000Z',
      policy_id: 'long',
    });
    expect(await apply('short')).toBe(204);
    expect(await metadata()).toMatchObject({ retention_days: 200, policy_id: 'long', policy_ids: ['short', 'long'] });
    expect(await apply('none')).toBe(404);
    expect((await ask('PUT', '/api/v1/archive/none/policy', '{"policy_id":"long"}')).status).toBe(404);
    const repeat = await json('POST', '/api/v1/archive', entry({ retention_days: 100 }));
    expect(repeat).toMatchObject({ duplicate: true });
  });

  it('answers /health without a key and everything else only with one', async () => {
    const { server, ask } = testVault();
    expect((await server.fetch(new Request('http://vault.test/health'))).ok).toBe(true);
    const bare = await server.fetch(new Request('http://vault.test/api/v1/policies'));
    expect(bare.status).toBe(401);
    expect(bare.headers.get('www-authenticate')).toContain('Bearer');
    expect((await ask('GET', '/api/v1/policies', undefined, { authorization: 'Bearer wrong' })).status).toBe(401);
  });

  it('loses no success of a batch to an archive that cannot be opened any more', async () => {
    const store = memoryArchiveStore();
    const before = testVault({ store });
    await before.json('POST', '/api/v1/archive', entry({ id: 'old' }));
    // Another key ring: what the first one wrapped does not open.
    const { ask, json } = testVault({ store });
    const answer = await ask('GET', '/api/v1/archive/old');
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ type: '/problems/archive-unreadable' });
    const batch = [entry({ id: 'old' }), entry({ id: 'new', session_id: 's-new' })];
    expect(await json('POST', '/api/v1/archive/batch', batch)).toMatchObject({
      archived: ['new'],
      failed: [{ session_id: 'session-1' }],
    });
  });

  it('answers 503 while the keys cannot be reached', async () => {
    const gone = (): never => {
      throw new ArchiveError('key_unavailable', 'no network');
    };
    const { ask, json } = testVault({ keyProvider: { wrap: gone, unwrap: gone } });
    for (const [path, body] of [
      ['/api/v1/archive', entry()],
      ['/api/v1/archive/batch', [entry()]],
    ] as const) {
      const answer = await ask('POST', path, JSON.stringify(body));
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('5');
    }
    expect(await json('GET', '/api/v1/archive')).toMatchObject({ archives: [] });
  });

  it('is never open to everyone', () => {
    const keyProvider = { wrap: () => [], unwrap: () => new Uint8Array() };
    expect(() => createVaultServer({ store: {} as never, keys: [], keyProvider })).toThrow('`keys` must hold');
  });
});
