import { generateKeyPairSync } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { memoryArchiveStore, type ArchiveStore } from '../src/index.ts';
import { entry, testVault, type TestVault } from './test-vault.ts';

const day = 86_400_000;
const tenants = ['all', 'globex'] as const;
type Key = (typeof tenants)[number];

interface Step {
  readonly key: Key;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly wait: boolean;
}

const id = fc.constantFrom('a', 'b', 'c');
const given = (method: string, path: string, body?: unknown): readonly [string, string, unknown] => [
  method,
  path,
  body,
];
// Both tenants use the same ids, sessions, tags, metadata, policies and idempotency keys.
const request = fc.oneof(
  fc
    .tuple(id, fc.constantFrom('x', 'y'))
    .map(([each, data]) => given('POST', '/archive', entry({ id: each, data, retention_days: 2 }))),
  fc.uniqueArray(id).map((some) =>
    given(
      'POST',
      '/archive/batch',
      some.map((each) => entry({ id: each, retention_days: 1 })),
    ),
  ),
  id.chain((each) =>
    fc.constantFrom(
      given('GET', `/archive/${each}`),
      given('GET', `/archive/${each}/metadata`),
      given('DELETE', `/archive/${each}`),
      given('PUT', `/archive/${each}/policy`, { policy_id: 'p' }),
      given('PUT', `/archive/${each}/legal-hold`, { reason: 'r' }),
      given('DELETE', `/archive/${each}/legal-hold`),
      given('PUT', `/archive/${each}/lock`, { mode: 'governance', until: '2026-03-04T00:00:00Z' }),
      given('DELETE', `/archive/${each}/lock`),
      given('POST', '/erasures', { archive_ids: [each] }),
    ),
  ),
  fc.constantFrom(
    given('POST', '/policies', { policy_id: 'p', name: 'P', retention_days: 1, auto_delete: true }),
    given('POST', '/policies', { policy_id: 'p', name: 'other', retention_days: 9 }),
    given('GET', '/policies'),
    given('GET', '/policies/p'),
    given('GET', '/archive'),
    given('GET', '/archive?page_size=1'),
    given('GET', '/archive?session_id=session-1&legal_hold=true'),
    given('GET', '/archive?tag=manual'),
    given('GET', '/archive?metadata_key=archived_by&metadata_value=archival_scheduler'),
    given('GET', '/archive?as_of=2026-03-01T12:30:00Z'),
    given('GET', '/archive?as_of=2026-03-02T12:30:00Z&session_id=session-1'),
    given('POST', '/erasures', { session_id: 'session-1' }),
    given('POST', '/erasures', { metadata: { key: 'archived_by', value: 'archival_scheduler' } }),
    given('POST', '/retention/sweep', { dry_run: false, max_share: 1 }),
    given('POST', '/retention/sweep', { dry_run: true }),
    given('POST', '/keys/rewrap', {}),
    given('GET', '/audit'),
    given('GET', '/audit/checkpoint'),
    given('GET', '/audit/proof?sequence=2'),
    given('GET', '/audit/consistency?from=1'),
  ),
);
const step = fc
  .tuple(fc.constantFrom(...tenants), request, fc.integer({ min: 0, max: 9 }))
  .map(([key, [method, path, body], dice]): Step => ({ key, method, path, body, wait: dice === 0 }));

/** Everything that can be seen, asked at the end. */
const looks = [
  ...['/archive', '/archive?as_of=2026-03-01T12:30:00Z', '/policies', '/policies/p', '/audit', '/audit/checkpoint'],
  ...['a', 'b', 'c'].flatMap((each) => [`/archive/${each}`, `/archive/${each}/metadata`]),
];

/** What differs between two runs: ids, digests, hashes, signatures, dates filled in. A cursor is a position in the store, see the README. */
const unlike =
  /sha256:[0-9a-f]{64}|\b[0-9a-f]{64}\b|[0-9a-f]{8}-[0-9a-f-]{27}|"(?:signature|created_at)":"[^"]*"|"next_cursor":"[^"]*"/g;

async function answersOf(vault: TestVault, steps: readonly Step[], key: Key): Promise<string[]> {
  const told: string[] = [];
  for (const { key: who, method, path, body, wait } of steps) {
    if (wait) vault.clock.advance(day);
    const headers = {
      authorization: `Bearer ${who}`,
      'idempotency-key': `${method} ${JSON.stringify(body ?? null)}`.replaceAll(' ', '').slice(0, 200),
    };
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await vault.ask(method, `/api/v1${path}`, text, headers);
    if (who === key) told.push(`${answer.status} ${(await answer.text()).replace(unlike, '*')}`);
  }
  return told;
}

const { privateKey: checkpointKey } = generateKeyPairSync('ed25519');

async function confirmedVault(store: ArchiveStore): Promise<TestVault> {
  const vault = testVault({ store, checkpointKey });
  await vault.ask('POST', '/api/v1/retention/sweep', '{"dry_run":false}');
  vault.clock.advance(60_000);
  return vault;
}

describe('tenants', () => {
  it('get the same answers whatever another tenant does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 30 }),
        fc.constantFrom(...tenants),
        async (random, key) => {
          const last = looks.map((path): Step => ({ key, method: 'GET', path, body: undefined, wait: false }));
          const steps = [...random, ...last];
          const together = await answersOf(await confirmedVault(memoryArchiveStore()), steps, key);
          // The other one's requests are left out; the days pass.
          const own = steps.map((one) =>
            one.key === key ? one : { ...one, method: 'GET', path: '/policies', body: undefined },
          );
          const alone = await answersOf(await confirmedVault(memoryArchiveStore()), own, key);
          expect(together).toEqual(alone);
        },
      ),
      { numRuns: 60, seed: 5 },
    );
  }, 60_000);
});
