import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { archiveMetadata, type ArchiveMetadata } from '@llm-memory-graph/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { memoryArchiveStore, type ArchiveStore } from '../src/index.ts';
import { sqliteArchiveStore } from '../src/node.ts';
import { entry, testVault, type TestVault } from './test-vault.ts';

const day = 86_400_000;
const ids = ['a', 'b'];

const policies = {
  short: { retention_days: 2, auto_delete: true },
  long: { retention_days: 30, auto_delete: true },
  manual: { retention_days: 1, auto_delete: false },
  governance: { retention_days: 5, auto_delete: true, lock: 'governance' },
  compliance: { retention_days: 4, auto_delete: true, lock: 'compliance' },
  gdpr: { retention_days: 3, auto_delete: true, compliance_level: 'gdpr' },
} as const;
type PolicyId = keyof typeof policies;

type Step =
  | { readonly do: 'archive'; readonly id: string; readonly days: number }
  | { readonly do: 'policy'; readonly id: string; readonly policy: PolicyId }
  | { readonly do: 'hold' | 'release'; readonly id: string }
  | { readonly do: 'lock'; readonly id: string; readonly mode: 'governance' | 'compliance'; readonly days: number }
  | { readonly do: 'unlock' | 'delete'; readonly id: string; readonly bypass: boolean }
  | { readonly do: 'erase'; readonly by: 'ids' | 'session' | 'metadata' }
  | { readonly do: 'sweep' | 'rewrap' }
  | { readonly do: 'wait'; readonly days: number };

const id = fc.constantFrom(...ids);
const mode = fc.constantFrom('governance', 'compliance');
const policy = fc.constantFrom(...(Object.keys(policies) as PolicyId[]));
const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant('archive'), id, days: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('policy'), id, policy }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('hold', 'release'), id }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('lock'), id, mode, days: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('unlock'), id, bypass: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete'), id, bypass: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('erase'), by: fc.constantFrom('ids', 'session', 'metadata') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('sweep', 'rewrap') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait'), days: fc.constantFrom(0.5, 1, 2, 7) }) },
) as fc.Arbitrary<Step>;

async function run({ ask, clock }: TestVault, given: Step): Promise<void> {
  const send = (method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    ask(method, `/api/v1${path}`, body === undefined ? undefined : JSON.stringify(body), headers);
  const bypass = 'bypass' in given && given.bypass ? { 'x-bypass-governance': 'true' } : {};
  switch (given.do) {
    case 'archive':
      await send('POST', '/archive', entry({ id: given.id, session_id: 's', retention_days: given.days }));
      break;
    case 'policy':
      await send('PUT', `/archive/${given.id}/policy`, { policy_id: given.policy });
      break;
    case 'hold':
      await send('PUT', `/archive/${given.id}/legal-hold`, {});
      break;
    case 'release':
      await send('DELETE', `/archive/${given.id}/legal-hold`, undefined);
      break;
    case 'lock': {
      const until = new Date(clock.now() + given.days * day).toISOString();
      await send('PUT', `/archive/${given.id}/lock`, { mode: given.mode, until });
      break;
    }
    case 'unlock':
      await send('DELETE', `/archive/${given.id}/lock`, undefined, bypass);
      break;
    case 'delete':
      await send('DELETE', `/archive/${given.id}`, undefined, bypass);
      break;
    case 'erase': {
      const member = { key: 'archived_by', value: 'archival_scheduler' };
      const by = { ids: { archive_ids: ids }, session: { session_id: 's' }, metadata: { metadata: member } };
      await send('POST', '/erasures', by[given.by]);
      break;
    }
    case 'sweep':
      await send('POST', '/retention/sweep', { dry_run: false, max_share: 1 });
      break;
    case 'rewrap':
      await send('POST', '/keys/rewrap', {});
      break;
    case 'wait':
      clock.advance(given.days * day);
  }
}

type Shelf = Map<string, ArchiveMetadata>;

async function shelfOf({ ask }: TestVault): Promise<Shelf> {
  const shelf: Shelf = new Map();
  for (const each of ids) {
    const answer = await ask('GET', `/api/v1/archive/${each}/metadata`);
    if (answer.status === 200) shelf.set(each, archiveMetadata.decode(await answer.json()));
  }
  return shelf;
}

const strictness = { governance: 1, compliance: 2 };

/** How an archive is protected: 0 not at all, 1 by a governance lock, 2 by a compliance lock, 3 by a hold. */
function protection({ legalHold, lock }: ArchiveMetadata, now: number): number {
  if (legalHold) return 3;
  return lock && lock.until.getTime() > now ? strictness[lock.mode] : 0;
}

/** What the step may overcome: the same numbers. */
function power(given: Step, each: string): number {
  if (given.do === 'delete' && given.id === each) return given.bypass ? 1 : 0;
  return given.do === 'erase' ? 0 : -1;
}

function isSweepable({ policyIds = [], expiresAt }: ArchiveMetadata, now: number): boolean {
  const autoDelete = (policyId: string): boolean => policies[policyId as PolicyId].auto_delete;
  return policyIds.length > 0 && policyIds.every(autoDelete) && expiresAt.getTime() < now - 60_000;
}

function shouldVanish(given: Step, archive: ArchiveMetadata, now: number): boolean {
  const level = protection(archive, now);
  if (given.do === 'sweep') return level === 0 && isSweepable(archive, now);
  return level <= power(given, archive.archiveId);
}

/** Everything that must hold between two states with one step between them. */
function judge(given: Step, before: Shelf, after: Shelf, now: number): void {
  for (const [each, archive] of before) {
    const then = after.get(each);
    expect(then === undefined, `${each} is gone`).toBe(shouldVanish(given, archive, now));
    if (!then) continue;
    const isOwn = 'id' in given && given.id === each;
    expect(then.expiresAt.getTime()).toBeGreaterThanOrEqual(archive.expiresAt.getTime());
    if (archive.legalHold && !(given.do === 'release' && isOwn)) expect(then.legalHold).toEqual(archive.legalHold);
    const stands = archive.lock && archive.lock.until.getTime() > now ? archive.lock : null;
    const isLifted = given.do === 'unlock' && isOwn && given.bypass && stands?.mode === 'governance';
    if (isLifted && !archive.legalHold) expect(then.lock).toBeNull();
    else if (stands) {
      expect(then.lock?.until.getTime()).toBeGreaterThanOrEqual(stands.until.getTime());
      expect(strictness[then.lock!.mode]).toBeGreaterThanOrEqual(strictness[stands.mode]);
    }
    if (then.lock && then.lock.until.getTime() > now)
      expect(then.policyIds, 'what is under a gdpr policy is never locked').not.toContain('gdpr');
  }
  for (const [each, archive] of after)
    if (!before.has(each)) expect(given, 'nothing comes back').toMatchObject({ do: 'archive', id: archive.archiveId });
}

async function play(store: ArchiveStore, steps: readonly Step[]): Promise<void> {
  const vault = testVault({ store });
  for (const [policyId, policy] of Object.entries(policies))
    await vault.json('POST', '/api/v1/policies', { policy_id: policyId, name: policyId, ...policy });
  // The clock is confirmed from here on.
  await run(vault, { do: 'sweep' });
  vault.clock.advance(60_000);
  for (const each of ids) await run(vault, { do: 'archive', id: each, days: 3 });
  const deleted = new Set<string>();
  let before = await shelfOf(vault);
  for (const given of steps) {
    await run(vault, given);
    const after = await shelfOf(vault);
    judge(given, before, after, vault.clock.now());
    for (const each of before.keys()) if (!after.has(each)) deleted.add(each);
    for (const each of after.keys()) {
      expect(deleted.has(each), `${each} came back`).toBe(false);
      expect((await vault.ask('GET', `/api/v1/archive/${each}`)).status).toBe(200);
    }
    before = after;
  }
}

describe('what is under a hold or an unexpired lock', () => {
  it('cannot be deleted or shortened through any route, and the rest can (model, memory)', async () => {
    const steps = fc.array(step, { minLength: 10, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(steps, (given) => play(memoryArchiveStore(), given)),
      { numRuns: 150, seed: 7 },
    );
  }, 120_000);

  it('cannot be deleted or shortened through any route, and the rest can (model, SQLite)', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vault-keeping-'));
    try {
      let runs = 0;
      const steps = fc.array(step, { minLength: 20, maxLength: 20 });
      await fc.assert(
        fc.asyncProperty(steps, async (given) => {
          const store = sqliteArchiveStore({ path: join(folder, `${runs++}.db`) });
          try {
            await play(store, given);
          } finally {
            await store.close();
          }
        }),
        { numRuns: 6, seed: 11 },
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 120_000);
});
