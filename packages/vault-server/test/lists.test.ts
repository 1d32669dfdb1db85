import { archiveHistory, archivePage } from '@llm-memory-graph/contracts';
import { beforeEach, describe, expect, it } from 'vitest';

import { entry, testVault, type TestVault } from './test-vault.ts';

const hour = 3_600_000;
const at = (hours: number): string => new Date(Date.parse('2026-03-01T12:00:00Z') + hours * hour).toISOString();

describe('lists', () => {
  let vault: TestVault;
  const list = async (query: string): Promise<string[]> => {
    const page = archivePage.decode(await vault.json('GET', `/api/v1/archive?${query}`));
    return page.archives.map(({ archiveId }) => archiveId);
  };

  beforeEach(async () => {
    vault = testVault();
    const fields = (i: number): Record<string, unknown> => ({
      id: `a${i}`,
      session_id: `s${i % 2}`,
      tags: [`t${i}`, 'all'],
      archived_at: `2026-01-0${i + 1}T00:00:00Z`,
      retention_days: 10 * (i + 1),
      metadata: { user: `u${i % 3}`, n: i, deep: { n: i } },
    });
    await vault.json(
      'POST',
      '/api/v1/archive/batch',
      [0, 1, 2, 3].map((i) => entry(fields(i))),
    );
    const policies = [
      { policy_id: 'h', compliance_level: 'hipaa' },
      { policy_id: 'h2', compliance_level: 'hipaa' },
      { policy_id: 'g', compliance_level: 'gdpr' },
    ];
    for (const policy of policies)
      await vault.json('POST', '/api/v1/policies', { name: 'P', retention_days: 1, ...policy });
    for (const [i, policyId] of ['h', 'h2', 'g'].entries())
      await vault.ask('PUT', `/api/v1/archive/a${i}/policy`, `{"policy_id":"${policyId}"}`);
    await vault.ask('PUT', '/api/v1/archive/a2/legal-hold', '{}');
  });

  it.each([
    ['', ['a0', 'a1', 'a2', 'a3']],
    ['session_id=s0', ['a0', 'a2']],
    ['tag=t1', ['a1']],
    ['tag=T1', []],
    ['policy_id=h', ['a0']],
    ['compliance_level=hipaa', ['a0', 'a1']],
    ['compliance_level=hipaa&policy_id=h2', ['a1']],
    ['compliance_level=hipaa&policy_id=g', []],
    ['compliance_level=pci', []],
    ['metadata_key=user&metadata_value=u0', ['a0', 'a3']],
    ['metadata_key=n&metadata_value=2', ['a2']],
    ['metadata_key=deep&metadata_value=2', []],
    ['legal_hold=true', ['a2']],
    ['legal_hold=false', ['a0', 'a1', 'a3']],
    ['sealed_by=server', ['a0', 'a1', 'a2', 'a3']],
    ['sealed_by=client', []],
    ['expires_before=2026-03-31T12:00:00Z', ['a0', 'a1']],
    ['archived_after=2026-01-02T00:00:00Z&archived_before=2026-01-04T00:00:00Z', ['a1', 'a2']],
    ['archived_after=2026-01-02T01:00:00.000000001%2B01:00', ['a1', 'a2', 'a3']],
    ['tag=all&session_id=s0&legal_hold=true&metadata_key=user&metadata_value=u2&compliance_level=gdpr', ['a2']],
  ])('filters by %s', async (query, expected) => {
    expect(await list(query)).toEqual(expected);
  });

  it.each([
    'tags=t1',
    'legal_hold=yes',
    'sealed_by=me',
    'compliance_level=none',
    'metadata_key=user',
    'metadata_value=u0',
    'expires_before=2026-03-31',
    'expires_before=2026-13-31T00:00:00Z',
    'archived_before=1e9',
    'page_size=0',
    'page_size=1001',
    'page_size=1.5',
    'cursor=junk',
    `cursor=${Buffer.from('["x"]').toString('base64url')}`,
    `cursor=${Buffer.from('[1e300]').toString('base64url')}`,
    `cursor=${Buffer.from('[-1]').toString('base64url')}`,
    'as_of=now',
    'as_of=2026-03-01T12:00:00Z&tag=all',
  ])('refuses %s', async (query) => {
    const answer = await vault.ask('GET', `/api/v1/archive?${query}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ type: '/problems/invalid-parameter' });
  });

  it('tells what was held of a session on a day, also what was deleted since, and nothing of its content', async () => {
    vault.clock.advance(hour);
    await vault.json('POST', '/api/v1/archive', entry({ id: 'b0', session_id: 's0' }));
    vault.clock.advance(hour);
    await vault.ask('DELETE', '/api/v1/archive/a0');
    vault.clock.advance(hour);
    const history = async (query: string): Promise<[string, string | null, boolean][]> => {
      const { archives } = archiveHistory.decode(await vault.json('GET', `/api/v1/archive?${query}`));
      return archives.map(({ archiveId, sessionId, deletedAt }) => [archiveId, sessionId, deletedAt !== null]);
    };
    expect(await history(`as_of=${at(-1)}`)).toEqual([]);
    expect(await history(`as_of=${at(0)}&session_id=s0`)).toEqual([
      ['a0', 's0', true],
      ['a2', 's0', false],
    ]);
    expect(await history(`as_of=${at(1.5)}&session_id=s0`)).toEqual([
      ['a0', 's0', true],
      ['a2', 's0', false],
      ['b0', 's0', false],
    ]);
    expect(await history(`as_of=${at(2)}&session_id=s0`)).toEqual([
      ['a2', 's0', false],
      ['b0', 's0', false],
    ]);
    // What is left of a deleted archive names no session to who does not know it.
    expect((await history(`as_of=${at(0)}`))[0]).toEqual(['a0', null, true]);
    const first = (await vault.json('GET', `/api/v1/archive?as_of=${at(0)}&page_size=1`)) as {
      archives: { audit_sequence: number; digest: string }[];
      next_cursor: string;
    };
    const { entries } = (await vault.json('GET', '/api/v1/audit')) as {
      entries: { action: string; detail: { digest: string } }[];
    };
    const told = entries[first.archives[0]!.audit_sequence - 1]!;
    expect(told).toMatchObject({ action: 'delete', subject: 'a0', detail: { digest: first.archives[0]!.digest } });
    expect(await history(`as_of=${at(0)}&page_size=1&cursor=${first.next_cursor}`)).toEqual([['a1', 's1', false]]);
  });
});
