import { archiveMetadata } from '@llm-memory-graph/contracts';
import { beforeEach, describe, expect, it } from 'vitest';

import { entry, testVault, type TestVault } from './test-vault.ts';

const day = 86_400_000;
const minute = 60_000;

describe('metadata and lists', () => {
  it('tells everything but the content, with an entity tag that changes with it', async () => {
    const { ask, json } = testVault();
    await json('POST', '/api/v1/archive', entry({ id: 'a', retention_days: 30 }));
    const answer = await ask('GET', '/api/v1/archive/a/metadata');
    const etag = answer.headers.get('etag')!;
    expect(archiveMetadata.decode(await answer.json())).toMatchObject({
      archiveId: 'a',
      storedAt: new Date('2026-03-01T12:00:00Z'),
      expiresAt: new Date('2026-03-31T12:00:00Z'),
      policyId: null,
      sealedBy: 'server',
    });
    const headers = { 'if-none-match': etag };
    expect((await ask('GET', '/api/v1/archive/a/metadata', undefined, headers)).status).toBe(304);
    await ask('PUT', '/api/v1/archive/a/legal-hold');
    expect((await ask('GET', '/api/v1/archive/a/metadata', undefined, headers)).status).toBe(200);
  });

  it('lists by session, tag, policy and time, page by page', async () => {
    const { json, ask } = testVault();
    const batch = Array.from({ length: 5 }, (_, i) =>
      entry({ id: `a${i}`, session_id: `s${i % 2}`, tags: [`t${i}`], archived_at: `2026-01-0${i + 1}T00:00:00Z` }),
    );
    await json('POST', '/api/v1/archive/batch', batch);
    await json('POST', '/api/v1/policies', { policy_id: 'p', name: 'P', retention_days: 9 });
    await ask('PUT', '/api/v1/archive/a3/policy', '{"policy_id":"p"}');
    const ids = async (query: string): Promise<string[]> => {
      const found: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page = (await json('GET', `/api/v1/archive?page_size=2&${query}${cursor}`)) as {
          archives: { archive_id: string }[];
          next_cursor: string | null;
        };
        expect(page.archives.length).toBeLessThanOrEqual(2);
        found.push(...page.archives.map((archive) => archive.archive_id));
        cursor = page.next_cursor === null ? null : `&cursor=${page.next_cursor}`;
      }
      return found;
    };
    expect(await ids('')).toEqual(['a0', 'a1', 'a2', 'a3', 'a4']);
    expect(await ids('session_id=s0')).toEqual(['a0', 'a2', 'a4']);
    expect(await ids('tag=t1')).toEqual(['a1']);
    expect(await ids('policy_id=p')).toEqual(['a3']);
    expect(await ids('archived_after=2026-01-02T00:00:00Z&archived_before=2026-01-04T00:00:00Z')).toEqual(['a1', 'a2']);
  });
});

describe('legal hold', () => {
  it('beats deletion until it is released', async () => {
    const { ask, json } = testVault();
    await json('POST', '/api/v1/archive', entry({ id: 'a' }));
    const held = await json('PUT', '/api/v1/archive/a/legal-hold', { reason: 'case 7' });
    expect(held).toMatchObject({ legal_hold: { reason: 'case 7', since: '2026-03-01T12:00:00.000Z' } });
    expect(await json('PUT', '/api/v1/archive/a/legal-hold', { reason: 'other' })).toEqual(held);
    const refused = await ask('DELETE', '/api/v1/archive/a');
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ type: '/problems/legal-hold' });
    expect((await ask('GET', '/api/v1/archive/a')).status).toBe(200);
    expect((await ask('DELETE', '/api/v1/archive/a/legal-hold')).status).toBe(204);
    expect((await ask('DELETE', '/api/v1/archive/a/legal-hold')).status).toBe(204);
    expect((await ask('DELETE', '/api/v1/archive/a')).status).toBe(204);
  });

  it('never loses to a deletion that runs at the same time', async () => {
    const { ask, json } = testVault();
    for (let i = 0; i < 50; i++) {
      await json('POST', '/api/v1/archive', entry({ id: `a${i}` }));
      const [held, deleted] = await Promise.all([
        ask('PUT', `/api/v1/archive/a${i}/legal-hold`),
        ask('DELETE', `/api/v1/archive/a${i}`),
      ]);
      expect([held.status, deleted.status].sort()).toEqual(held.status === 200 ? [200, 409] : [204, 410]);
    }
  });
});

describe('retention sweep', () => {
  let vault: TestVault;
  const sweep = (order: object): Promise<Record<string, unknown>> =>
    vault.json('POST', '/api/v1/retention/sweep', order);
  const trustClock = async (): Promise<void> => {
    await sweep({ dry_run: false });
    vault.clock.advance(minute);
  };

  beforeEach(async () => {
    vault = testVault();
    const policies = [
      { policy_id: 'delete', auto_delete: true },
      { policy_id: 'keep', auto_delete: false },
    ];
    for (const policy of policies)
      await vault.json('POST', '/api/v1/policies', { name: 'P', retention_days: 1, ...policy });
    const entries = ['free', 'kept', 'held', 'long', 'bare'].map((id) =>
      entry({ id, retention_days: id === 'long' ? 300 : 10 }),
    );
    await vault.json('POST', '/api/v1/archive/batch', entries);
    for (const id of ['free', 'held', 'long'])
      await vault.ask('PUT', `/api/v1/archive/${id}/policy`, '{"policy_id":"delete"}');
    await vault.ask('PUT', '/api/v1/archive/kept/policy', '{"policy_id":"keep"}');
    await vault.ask('PUT', '/api/v1/archive/held/legal-hold');
  });

  it('only looks unless told otherwise', async () => {
    vault.clock.advance(11 * day);
    const report = { archive_ids: ['free'], held: 1, locked: 0, kept: 2, capped: false };
    expect(await sweep({})).toMatchObject({ dry_run: true, ...report });
    expect((await vault.ask('POST', '/api/v1/retention/sweep')).status).toBe(200);
    expect((await vault.ask('GET', '/api/v1/archive/free')).status).toBe(200);
  });

  it('deletes what expired, has a policy that says so and no hold', async () => {
    expect(await sweep({ dry_run: false })).toMatchObject({ skipped: 'first-reading', archive_ids: [] });
    vault.clock.advance(11 * day);
    expect(await sweep({ dry_run: false })).toMatchObject({ skipped: null, archive_ids: ['free'], held: 1, kept: 2 });
    expect((await vault.ask('GET', '/api/v1/archive/free')).status).toBe(410);
    for (const id of ['kept', 'held', 'long', 'bare'])
      expect((await vault.ask('GET', `/api/v1/archive/${id}`)).status).toBe(200);
    const { entries } = (await vault.json('GET', '/api/v1/audit')) as { entries: object[] };
    expect(entries.at(-1)).toMatchObject({
      action: 'retention.delete',
      subject: 'free',
      detail: { policy_id: 'delete' },
    });
  });

  it('deletes nothing before its time', async () => {
    vault.clock.advance(10 * day - 2 * minute);
    await trustClock();
    expect(await sweep({ dry_run: false })).toMatchObject({ skipped: null, archive_ids: [], held: 0, kept: 0 });
  });

  it('S4: does nothing when the clock jumped, and nothing on one reading', async () => {
    vault.clock.setWall('2036-01-01T00:00:00Z');
    expect(await sweep({ dry_run: false })).toMatchObject({ skipped: 'first-reading' });
    vault.clock.advance(minute - 1);
    expect(await sweep({ dry_run: false })).toMatchObject({ skipped: 'too-soon' });
    vault.clock.setWall('2046-01-01T00:00:00Z');
    vault.clock.advance(minute);
    expect(await sweep({ dry_run: false })).toMatchObject({ skipped: 'clock-jump' });
    vault.clock.setWall('2020-01-01T00:00:00Z');
    expect(await sweep({ dry_run: false })).toMatchObject({ skipped: 'clock-jump' });
    expect((await vault.ask('GET', '/api/v1/archive/free')).status).toBe(200);
  });

  it('refuses a clock that is behind what the audit log has seen', async () => {
    vault.clock.setWall('2026-02-01T00:00:00Z');
    await sweep({ dry_run: false });
    vault.clock.advance(2 * minute);
    expect(await sweep({ dry_run: false })).toMatchObject({ skipped: 'clock-jump' });
  });

  it('stops at its caps', async () => {
    const more = Array.from({ length: 15 }, (_, i) => entry({ id: `m${i}`, retention_days: 5 }));
    await vault.json('POST', '/api/v1/archive/batch', more);
    for (let i = 0; i < 15; i++) await vault.ask('PUT', `/api/v1/archive/m${i}/policy`, '{"policy_id":"delete"}');
    vault.clock.advance(20 * day);
    await trustClock();
    const byShare = await sweep({ dry_run: false });
    expect(byShare).toMatchObject({ capped: true });
    expect(byShare['archive_ids']).toHaveLength(2);
    expect(await sweep({ dry_run: false, max_share: 1, max_deletions: 3 })).toMatchObject({ capped: true });
    const rest = await sweep({ dry_run: false, max_share: 1 });
    expect(rest).toMatchObject({ capped: false });
    expect(rest['archive_ids']).toHaveLength(11);
  });

  it('checks its order', async () => {
    expect((await vault.ask('POST', '/api/v1/retention/sweep', '{"max_share":2}')).status).toBe(400);
  });
});
