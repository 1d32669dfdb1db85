import { describe, expect, it } from 'vitest';

import { type VaultEvent } from '../src/index.ts';
import { entry, testVault, type TestVault } from './test-vault.ts';

const day = 86_400_000;
const minute = 60_000;
const until = (days: number): string => new Date(Date.parse('2026-03-01T12:00:00Z') + days * day).toISOString();
const bypass = { 'x-bypass-governance': 'true' };

interface Asked {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** A vault with the archive `a`, and one request at a time to it. */
async function vaultWithA(): Promise<
  TestVault & { to: (method: string, path: string, body?: object, headers?: Record<string, string>) => Promise<Asked> }
> {
  const vault = testVault();
  await vault.json('POST', '/api/v1/archive', entry({ id: 'a', retention_days: 10 }));
  return {
    ...vault,
    to: async (method, path, body, headers) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const answer = await vault.ask(method, `/api/v1/archive/a${path}`, text, headers);
      const json = await answer.text();
      return { status: answer.status, body: json === '' ? {} : (JSON.parse(json) as Record<string, unknown>) };
    },
  };
}

async function withPolicy(vault: TestVault, policy: object): Promise<number> {
  const answer = await vault.ask(
    'POST',
    '/api/v1/policies',
    JSON.stringify({ name: 'P', retention_days: 10, ...policy }),
  );
  return answer.status;
}

describe('a lock', () => {
  it('keeps the archive from deletion until it ends, and tells so', async () => {
    const { to, clock } = await vaultWithA();
    const lock = { mode: 'compliance', until: until(5) };
    expect((await to('PUT', '/lock', lock)).body).toMatchObject({ archive_id: 'a', lock });
    expect((await to('GET', '/metadata')).body).toMatchObject({ lock });
    const refused = await to('DELETE', '');
    expect(refused).toMatchObject({
      status: 409,
      body: { type: '/problems/locked', lock_mode: 'compliance', locked_until: until(5) },
    });
    clock.advance(5 * day - 1);
    expect((await to('DELETE', '')).status).toBe(409);
    clock.advance(2);
    // Its end was seen by one reading of the clock: a minute later it is confirmed.
    expect(await to('DELETE', '')).toMatchObject({ status: 503, body: { type: '/problems/clock-doubt' } });
    clock.advance(minute);
    expect((await to('DELETE', '')).status).toBe(204);
  });

  it('does not end because somebody set the clock forward', async () => {
    const { to, clock } = await vaultWithA();
    await to('PUT', '/lock', { mode: 'governance', until: until(5) });
    await to('DELETE', '');
    clock.setWall('2036-01-01T00:00:00Z');
    for (let i = 0; i < 3; i++) expect((await to('DELETE', '')).status).toBe(503);
    clock.setWall('2026-03-01T12:30:00Z');
    clock.advance(30 * minute);
    expect((await to('DELETE', '')).status).toBe(409);
  });

  it('is extended, never shortened, and made stricter, never weaker', async () => {
    const { to } = await vaultWithA();
    const lock = (mode: string, days: number): Promise<Asked> => to('PUT', '/lock', { mode, until: until(days) });
    expect((await lock('governance', 5)).status).toBe(200);
    expect((await lock('governance', 5)).status).toBe(200);
    expect(await lock('governance', 4)).toMatchObject({ status: 409, body: { type: '/problems/lock-weakened' } });
    expect((await lock('compliance', 4)).status).toBe(409);
    expect((await lock('compliance', 5)).status).toBe(200);
    expect((await lock('governance', 9)).status).toBe(409);
    expect((await lock('compliance', 9)).status).toBe(200);
    expect((await to('GET', '/metadata')).body).toMatchObject({ lock: { mode: 'compliance', until: until(9) } });
  });

  it.each([
    [{ mode: 'governance', until: until(0) }],
    [{ mode: 'governance', until: until(-1) }],
    [{ mode: 'governance', until: until(36_501) }],
    [{ mode: 'strict', until: until(1) }],
    [{ mode: 'governance' }],
    [{ mode: 'governance', until: 'tomorrow' }],
  ])('refuses %j', async (lock) => {
    const { to } = await vaultWithA();
    expect((await to('PUT', '/lock', lock)).status).toBe(400);
    expect((await to('GET', '/metadata')).body).toMatchObject({ lock: null });
  });

  it('of governance is passed and lifted by who may and says so; of compliance by nobody', async () => {
    const { to, json } = await vaultWithA();
    await to('PUT', '/lock', { mode: 'governance', until: until(5) });
    expect((await to('DELETE', '/lock')).status).toBe(409);
    const holder = { authorization: 'Bearer holder' };
    expect((await to('DELETE', '/lock', undefined, { ...holder, ...bypass })).status).toBe(403);
    expect((await to('DELETE', '', undefined, { authorization: 'Bearer deleter', ...bypass })).status).toBe(403);
    expect((await to('DELETE', '/lock', undefined, { 'x-bypass-governance': 'yes' })).status).toBe(400);
    expect((await to('DELETE', '/lock', undefined, bypass)).status).toBe(204);
    expect((await to('DELETE', '/lock', undefined)).status).toBe(204);
    await to('PUT', '/lock', { mode: 'compliance', until: until(5) });
    expect((await to('DELETE', '/lock', undefined, bypass)).status).toBe(409);
    expect((await to('DELETE', '', undefined, bypass)).status).toBe(409);
    await json('POST', '/api/v1/archive', entry({ id: 'b' }));
    await json('PUT', '/api/v1/archive/b/lock', { mode: 'governance', until: until(5) });
    const { entries } = (await json('GET', '/api/v1/audit')) as { entries: { action: string }[] };
    expect(entries.map(({ action }) => action)).toEqual([
      'archive',
      'lock.set',
      'lock.lift',
      'lock.set',
      'archive',
      'lock.set',
    ]);
  });

  it('of governance that is passed by a deletion stands in the audit chain', async () => {
    const { to, json } = await vaultWithA();
    await to('PUT', '/lock', { mode: 'governance', until: until(5) });
    expect((await to('DELETE', '', undefined, bypass)).status).toBe(204);
    const { entries } = (await json('GET', '/api/v1/audit')) as { entries: object[] };
    expect(entries.at(-1)).toMatchObject({ action: 'delete', detail: { bypassed_lock: true } });
  });

  it('gives way to no bypass while a hold stands', async () => {
    const { to } = await vaultWithA();
    await to('PUT', '/lock', { mode: 'governance', until: until(5) });
    await to('PUT', '/legal-hold', {});
    expect(await to('DELETE', '', undefined, bypass)).toMatchObject({
      status: 409,
      body: { type: '/problems/legal-hold' },
    });
    expect(await to('DELETE', '/lock', undefined, bypass)).toMatchObject({
      status: 409,
      body: { type: '/problems/legal-hold' },
    });
  });

  it('never loses to a deletion that runs at the same time', async () => {
    const { ask, json } = testVault();
    for (let i = 0; i < 50; i++) {
      await json('POST', '/api/v1/archive', entry({ id: `a${i}` }));
      const lock = JSON.stringify({ mode: 'compliance', until: until(5) });
      const [locked, deleted] = await Promise.all([
        ask('PUT', `/api/v1/archive/a${i}/lock`, lock),
        ask('DELETE', `/api/v1/archive/a${i}`),
      ]);
      expect([locked.status, deleted.status].sort()).toEqual(locked.status === 200 ? [200, 409] : [204, 410]);
    }
  });
});

describe('a locking policy', () => {
  it('locks its archives for its own retention, the stricter mode and the later end together', async () => {
    const vault = await vaultWithA();
    const apply = (policyId: string): Promise<Asked> => vault.to('PUT', '/policy', { policy_id: policyId });
    await withPolicy(vault, { policy_id: 'g', retention_days: 6, lock: 'governance' });
    await withPolicy(vault, { policy_id: 'c', retention_days: 4, lock: 'compliance' });
    expect((await apply('g')).status).toBe(204);
    expect((await vault.to('GET', '/metadata')).body).toMatchObject({
      lock: { mode: 'governance', until: until(6) },
      retention_days: 10,
    });
    expect((await apply('c')).status).toBe(204);
    expect((await vault.to('GET', '/metadata')).body).toMatchObject({ lock: { mode: 'compliance', until: until(6) } });
    expect((await vault.to('DELETE', '', undefined, bypass)).status).toBe(409);
  });

  it('and a gdpr policy exclude each other', async () => {
    const vault = await vaultWithA();
    expect(await withPolicy(vault, { policy_id: 'x', compliance_level: 'gdpr', lock: 'governance' })).toBe(400);
    await withPolicy(vault, { policy_id: 'gdpr', compliance_level: 'gdpr' });
    await withPolicy(vault, { policy_id: 'g', lock: 'governance' });
    const notLockable = { status: 409, body: { type: '/problems/not-lockable' } };
    expect((await vault.to('PUT', '/policy', { policy_id: 'gdpr' })).status).toBe(204);
    expect(await vault.to('PUT', '/policy', { policy_id: 'g' })).toMatchObject(notLockable);
    expect(await vault.to('PUT', '/lock', { mode: 'governance', until: until(1) })).toMatchObject(notLockable);
    expect((await vault.to('DELETE', '')).status).toBe(204);
    await vault.json('POST', '/api/v1/archive', entry({ id: 'b' }));
    await vault.ask('PUT', '/api/v1/archive/b/policy', '{"policy_id":"g"}');
    expect((await vault.ask('PUT', '/api/v1/archive/b/policy', '{"policy_id":"gdpr"}')).status).toBe(409);
  });

  it('is made only by who may lock', async () => {
    const { ask } = testVault();
    const policy = { policy_id: 'g', name: 'G', retention_days: 1 };
    const writer = { authorization: 'Bearer writer' };
    const make = (more: object): Promise<Response> =>
      ask('POST', '/api/v1/policies', JSON.stringify({ ...policy, ...more }), writer);
    expect((await make({ lock: 'compliance' })).status).toBe(403);
    expect((await make({})).status).toBe(200);
  });
});

describe('several policies', () => {
  it('keep for the longest of them, tell which decides and whose maximum is exceeded', async () => {
    const events: VaultEvent[] = [];
    const vault = testVault({ onEvent: (event) => events.push(event) });
    await vault.json('POST', '/api/v1/archive', entry({ id: 'a', retention_days: 10 }));
    const apply = (policyId: string): Promise<Response> =>
      vault.ask('PUT', '/api/v1/archive/a/policy', JSON.stringify({ policy_id: policyId }));
    expect(await withPolicy(vault, { policy_id: 'x', retention_days: 20, max_retention_days: 19 })).toBe(400);
    await withPolicy(vault, { policy_id: 'minimal', retention_days: 5, max_retention_days: 15 });
    await withPolicy(vault, { policy_id: 'long', retention_days: 30 });
    await withPolicy(vault, { policy_id: 'same', retention_days: 30 });
    await apply('minimal');
    const metadata = (): Promise<Record<string, unknown>> => vault.json('GET', '/api/v1/archive/a/metadata');
    expect(await metadata()).toMatchObject({ retention_days: 10, policy_id: 'minimal', exceeded_maximums: [] });
    expect(events).toEqual([]);
    await apply('long');
    await apply('same');
    expect(await metadata()).toMatchObject({
      retention_days: 30,
      expires_at: until(30),
      policy_id: 'long',
      policy_ids: ['minimal', 'long', 'same'],
      exceeded_maximums: ['minimal'],
    });
    expect(events[0]).toEqual({ type: 'maximum-exceeded', tenant: 'acme', archiveId: 'a', policyIds: ['minimal'] });
    const { entries } = (await vault.json('GET', '/api/v1/audit')) as { entries: { action: string; detail: object }[] };
    expect(entries.filter(({ action }) => action === 'policy.apply')[1]?.detail).toMatchObject({
      exceeded_maximums: 'minimal',
    });
  });

  it('are swept only when all of them say so', async () => {
    const vault = testVault();
    await vault.json('POST', '/api/v1/archive', entry({ id: 'a', retention_days: 1 }));
    await withPolicy(vault, { policy_id: 'delete', retention_days: 1, auto_delete: true });
    await withPolicy(vault, { policy_id: 'keep', retention_days: 1 });
    for (const id of ['delete', 'keep']) await vault.ask('PUT', '/api/v1/archive/a/policy', `{"policy_id":"${id}"}`);
    vault.clock.advance(2 * day);
    expect(await vault.json('POST', '/api/v1/retention/sweep', {})).toMatchObject({ archive_ids: [], kept: 1 });
  });
});

describe('a sweep', () => {
  it('leaves what is locked, and tells of a clock that jumped', async () => {
    const events: VaultEvent[] = [];
    const vault = testVault({ onEvent: (event) => events.push(event) });
    await withPolicy(vault, { policy_id: 'p', retention_days: 1, auto_delete: true });
    for (const id of ['a', 'b']) {
      await vault.json('POST', '/api/v1/archive', entry({ id, retention_days: 1 }));
      await vault.ask('PUT', `/api/v1/archive/${id}/policy`, '{"policy_id":"p"}');
    }
    await vault.json('PUT', '/api/v1/archive/b/lock', { mode: 'governance', until: until(9) });
    const sweep = (): Promise<Record<string, unknown>> =>
      vault.json('POST', '/api/v1/retention/sweep', { dry_run: false, max_share: 1 });
    await sweep();
    vault.clock.advance(2 * day);
    expect(await sweep()).toMatchObject({ archive_ids: ['a'], locked: 1, held: 0 });
    expect(await vault.json('POST', '/api/v1/retention/sweep', { dry_run: true })).toMatchObject({
      archive_ids: [],
      locked: 1,
    });
    vault.clock.setWall('2036-01-01T00:00:00Z');
    expect(await sweep()).toMatchObject({ skipped: 'clock-jump', archive_ids: [] });
    expect(events).toEqual([
      { type: 'sweep-skipped', tenant: 'acme', reason: 'first-reading' },
      { type: 'sweep-skipped', tenant: 'acme', reason: 'clock-jump' },
    ]);
  });
});
