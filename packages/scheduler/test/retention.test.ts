import { generateKeyPairSync } from 'node:crypto';
import type { SweepReport } from '@llm-memory-graph/contracts';
import fc from 'fast-check';
import { TestClock } from '@llm-memory-graph/resilience/testing';
import { describe, expect, it } from 'vitest';
import {
  archiveSubject,
  eraseSubject,
  evidenceSigner,
  graphSubjects,
  RetentionKeeper,
  RetentionRules,
  verifySubjectErasure,
  type RetentionKeeperOptions,
  type RetentionRulesInput,
  type RetentionVault,
} from '../src/index.ts';
import { subjectErasure } from '../src/retention/erase-subject.ts';
import { cutAfter } from './kit/cut-after.ts';
import { drive } from './kit/drive.ts';
import { realVault } from './kit/real-vault.ts';
import { dayMs, World } from './kit/world.ts';

const input: RetentionRulesInput = {
  policies: [
    { policyId: 'standard', retentionDays: 30, autoDelete: true },
    { policyId: 'clinic', extends: 'standard', complianceLevel: 'hipaa', retentionDays: 3650 },
    { policyId: 'short', extends: 'standard', retentionDays: 10, maxRetentionDays: 20 },
    { policyId: 'preset', complianceLevel: 'pci' },
  ],
  rules: [
    { when: { tags: ['clinic', 'ward'] }, policyId: 'clinic' },
    { when: { models: ['gpt-4*'] }, policyId: 'short' },
    { when: { complianceLevels: ['pci'], metadata: { paid: true } }, policyId: 'preset' },
  ],
  otherwise: 'standard',
};

describe('retention rules', () => {
  const rules = new RetentionRules(input, new Date(0));
  const decide = (tags: string[], metadata: Record<string, unknown> = {}) => rules.decide({ tags, metadata });

  it('choose by tag, model, compliance level and metadata; the longest retention wins, an exceeded maximum is told', () => {
    expect(decide(['x'])).toMatchObject({ policyIds: ['standard'], decidedBy: 'standard', retentionDays: 30 });
    expect(decide(['ward'])).toMatchObject({ policyIds: ['clinic'], retentionDays: 3650, exceededMaximums: [] });
    expect(decide([], { model_id: 'gpt-4o' })).toMatchObject({ decidedBy: 'short', retentionDays: 10 });
    expect(decide([], { model_id: 'gpt-3' })).toMatchObject({ decidedBy: 'standard' });
    expect(decide(['clinic'], { model_id: 'gpt-4' })).toEqual({
      policyIds: ['clinic', 'short'],
      decidedBy: 'clinic',
      retentionDays: 3650,
      exceededMaximums: ['short'],
    });
    expect(decide([], { compliance_level: 'pci', paid: true })).toMatchObject({
      decidedBy: 'preset',
      retentionDays: 1095,
    });
    expect(decide([], { compliance_level: 'pci', paid: 'true' })).toMatchObject({ decidedBy: 'standard' });
    const none = new RetentionRules({ policies: [], rules: [] });
    expect(none.decide({ tags: [], metadata: {} })).toMatchObject({ policyIds: [], decidedBy: undefined });
  });

  it('decide by the longest retention of all that fit, in whatever order the rules stand', () => {
    const policy = fc.record({
      days: fc.integer({ min: 1, max: 9 }),
      most: fc.option(fc.integer({ min: 1, max: 9 })),
      tag: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(policy, { maxLength: 6 }), fc.nat(3), (all, tag) => {
        const made = all.map(({ days, most, tag: own }, i) => ({
          policy: {
            policyId: `p${String(i)}`,
            retentionDays: days,
            ...(most === null ? {} : { maxRetentionDays: most }),
          },
          rule: { when: { tags: [String(own)] }, policyId: `p${String(i)}` },
        }));
        const policies = made.map((one) => one.policy);
        const ruled = (rules: typeof made) =>
          new RetentionRules({ policies, rules: rules.map(({ rule }) => rule) }).decide({
            tags: [String(tag)],
            metadata: {},
          });
        const decision = ruled(made);
        const fitting = all.filter((one) => one.tag === tag);
        expect(decision.policyIds).toHaveLength(fitting.length);
        const longest = fitting.length === 0 ? undefined : Math.max(...fitting.map(({ days }) => days));
        expect(decision.retentionDays).toBe(longest);
        const exceeded = fitting.filter(({ most }) => most !== null && most < (longest ?? 0));
        expect(decision.exceededMaximums).toHaveLength(exceeded.length);
        expect(ruled(made.toReversed()).retentionDays).toBe(longest);
      }),
    );
  });

  it('inherit what a policy does not say itself', () => {
    expect(rules.policies.find(({ policyId }) => policyId === 'clinic')).toMatchObject({
      ...{ autoDelete: true, complianceLevel: 'hipaa', retentionDays: 3650, name: 'clinic' },
    });
    expect(rules.policies.find(({ policyId }) => policyId === 'preset')).toMatchObject({
      ...{ autoDelete: false, retentionDays: 1095, tags: ['pci'] },
    });
  });

  it.each<[string, Partial<RetentionRulesInput>]>([
    ['"b" extends "c", which is not there', { policies: [{ policyId: 'b', extends: 'c' }] }],
    [
      '"a" extends itself',
      {
        policies: [
          { policyId: 'a', extends: 'b' },
          { policyId: 'b', extends: 'a' },
        ],
      },
    ],
    ['`policies` must have an id each', { policies: [{ policyId: 'a' }, { policyId: 'a' }] }],
    ['"a": RetentionPolicy: /retentionDays', { policies: [{ policyId: 'a', retentionDays: 0 }] }],
    [
      'complianceLevel of "a" must be one of standard',
      { policies: [{ policyId: 'a', complianceLevel: 'x' as 'pci' }] },
    ],
    ['the policy "z" is not among the policies', { rules: [{ policyId: 'z' }] }],
    ['the policy "y" is not among the policies', { otherwise: 'y' }],
  ])('fail at construction: %s', (message, wrong) => {
    expect(() => new RetentionRules({ policies: [], rules: [], ...wrong })).toThrow(message);
  });
});

async function archived(config: { readonly retentionDays?: number } = {}) {
  const world = new World();
  const vault = realVault(world.clock);
  world.graph.createSession({ id: 'clinic', modelId: 'gpt-3', tags: ['clinic'], metadata: { userId: 'eve' } });
  world.graph.createSession({ id: 'plain', modelId: 'gpt-3', metadata: { userId: 'eve' } });
  world.graph.createSession({ id: 'held', modelId: 'gpt-3', metadata: { userId: 'bob' } });
  world.graph.createSession({ id: 'short', modelId: 'gpt-4o', metadata: { userId: 'bob' } });
  await world.clock.advance(31 * dayMs);
  const scheduler = world.scheduler({ vault: vault.port }, { metadataKeys: ['model_id', 'userId'], ...config });
  await world.run(scheduler);
  const idOf = (sessionId: string): string => world.graph.archives(sessionId)[0]?.archiveId ?? '';
  await vault.client.placeLegalHold(idOf('held'));
  const rules = new RetentionRules(input, new Date(0));
  const keeper = (options: Partial<RetentionKeeperOptions> = {}) =>
    new RetentionKeeper({ vault: vault.client, rules, source: world.graph, clock: world.clock, ...options });
  return { world, vault, scheduler, idOf, keeper };
}

describe('RetentionKeeper', () => {
  it('puts archives under their policies, once, and tells of maxima that are exceeded', async () => {
    const { world, vault, idOf, keeper } = await archived({ retentionDays: 5 });
    using _ = world;
    const first = keeper();
    expect(await first.apply()).toEqual({ examined: 4, changed: 4, unruled: 0 });
    expect(await keeper().apply()).toEqual({ examined: 4, changed: 0, unruled: 0 });
    const policyOf = async (sessionId: string) => (await vault.client.getArchiveMetadata(idOf(sessionId))).policyId;
    expect(await policyOf('clinic')).toBe('clinic');
    expect(await policyOf('plain')).toBe('standard');
    expect(await policyOf('short')).toBe('short');

    const both = new RetentionRules(
      { ...input, rules: input.rules.map(({ policyId }) => ({ policyId })) },
      new Date(0),
    );
    const again = keeper({ rules: both });
    const told: unknown[] = [];
    again.on('maximumExceeded', (event) => told.push(event));
    again.on('maximumExceeded', () => {
      throw new Error('a listener');
    });
    expect(await again.apply()).toMatchObject({ changed: 4 });
    expect(told).toContainEqual({ archiveId: idOf('plain'), policyIds: ['short'], decidedBy: 'clinic' });
    expect(await vault.client.getArchiveMetadata(idOf('plain'))).toMatchObject({ exceededMaximums: ['short'] });
  });

  it('S1: cut off at any call and done again, puts every archive under its policies', async () => {
    let cuts = 0;
    for (let isWhole = false; !isWhole; cuts++) {
      const { world, vault, idOf, keeper } = await archived();
      using _ = world;
      const lifeline = cutAfter(cuts);
      const dying = lifeline.over(vault.client, [
        'listRetentionPolicies',
        'createRetentionPolicy',
        'applyRetentionPolicy',
      ]);
      isWhole = await keeper({ vault: dying, concurrency: 1 })
        .apply()
        .then(
          () => true,
          () => false,
        );
      await keeper().apply();
      const policies = ['clinic', 'plain', 'held', 'short'].map(async (id) =>
        vault.client.getArchiveMetadata(idOf(id)),
      );
      expect((await Promise.all(policies)).map(({ policyIds }) => policyIds)).toEqual([
        ['clinic'],
        ['standard'],
        ['standard'],
        ['short'],
      ]);
    }
    // 1 list, 4 policies, 4 archives.
    expect(cuts).toBe(10);
  });

  it('does not take another policy of the same id for its own', async () => {
    const { world, vault, keeper } = await archived();
    using _ = world;
    await vault.client.createRetentionPolicy({ policyId: 'standard', name: 'standard', retentionDays: 31 });
    await expect(keeper().createPolicies()).rejects.toThrow('the vault has another policy "standard"');
  });

  it('foresees what would be archived, purged, held and kept, and changes nothing', async () => {
    const { world, vault, idOf, keeper } = await archived({ retentionDays: 1 });
    using _ = world;
    await keeper().apply();
    await vault.client.retention.lock(idOf('plain'), {
      mode: 'governance',
      until: new Date(world.clock.now() + 90 * dayMs),
    });
    world.graph.createSession({ id: 'next', modelId: 'gpt-4' });
    const ahead = (days: number, maxIds = 9) => keeper().preview({ days, maxIds });
    const nothing = { count: 0, ids: [] };
    const one = (id: string) => ({ count: 1, ids: [id] });
    expect(await ahead(7)).toMatchObject({ archived: nothing, purged: nothing, held: nothing, locked: nothing });
    expect(await ahead(11)).toMatchObject({ archived: nothing, purged: one(idOf('short')), held: nothing });
    expect(await ahead(31)).toMatchObject({
      ...{ archived: one('next'), purged: one(idOf('short')), held: one(idOf('held')), locked: one(idOf('plain')) },
    });
    expect(await ahead(91, 1)).toMatchObject({ purged: { count: 2, ids: [expect.any(String)] }, locked: nothing });
    const all = [];
    for await (const archive of vault.client.archives()) all.push(archive);
    expect(all).toHaveLength(4);
    expect(() => keeper().preview({ days: -1 })).toThrow('`days` must be a number between 0 and 36500, got -1');
  });

  it('S4: sweeps only after two readings of the clock a lease apart, and never on a jump', async () => {
    const clock = new TestClock();
    const asked: unknown[] = [];
    const report: SweepReport = {
      dryRun: false,
      skipped: null,
      archiveIds: [],
      held: 0,
      locked: 0,
      kept: 0,
      capped: false,
    };
    let skipped: SweepReport['skipped'] = null;
    const sweep: RetentionVault['retention']['sweep'] = (request) => {
      asked.push(request);
      return { ...report, skipped };
    };
    const vault = { retention: { sweep } } as unknown as RetentionVault;
    let vaultSkew = 0;
    const events: unknown[] = [];
    const keeper = new RetentionKeeper({
      ...{ vault, clock, leaseMs: 60_000, rules: new RetentionRules({ policies: [], rules: [] }) },
      source: { due: () => [] },
      vaultNow: () => new Date(clock.now() + vaultSkew),
    });
    keeper.on('*', (type, event) => events.push([type, event]));
    const outcome = async (options = {}) => (await keeper.sweep({ dryRun: false, ...options })).skipped;

    expect((await keeper.sweep()).skipped).toBeNull();
    expect(asked).toEqual([{ dryRun: true, maxDeletions: 1000, maxShare: 0.1 }]);
    expect(await outcome()).toBe('first-reading');
    await clock.advance(59_999);
    expect(await outcome()).toBe('too-soon');
    await clock.advance(1);
    expect(await outcome({ maxDeletions: 7, maxShare: 0.5 })).toBeNull();
    expect(asked.at(-1)).toEqual({ dryRun: false, maxDeletions: 7, maxShare: 0.5 });

    clock.jumpWall(90 * dayMs);
    expect(await outcome()).toBe('clock-jump');
    expect(events).toContainEqual(['clockSkew', { skewMs: 90 * dayMs }]);
    expect(events).toContainEqual(['sweepSkipped', { reason: 'clock-jump', by: 'scheduler' }]);
    expect(await outcome()).toBe('too-soon');
    await clock.advance(60_000);
    expect(await outcome()).toBeNull();

    vaultSkew = -2 * 3_600_000;
    expect(await outcome()).toBe('clock-jump');
    vaultSkew = 0;
    await clock.advance(60_000);
    skipped = 'too-soon';
    expect(await outcome()).toBe('too-soon');
    expect(events.at(-1)).toEqual(['sweepSkipped', { reason: 'too-soon', by: 'vault' }]);
    expect(asked).toHaveLength(4);
  });

  it('lets a real vault delete what expired, and not what is held', async () => {
    const { world, vault, idOf, keeper } = await archived({ retentionDays: 1 });
    using _ = world;
    const one = keeper();
    await one.apply();
    await world.clock.advance(31 * dayMs);
    const foreseen = await one.preview({ days: 0 });
    expect(foreseen.purged.count).toBe(2);
    const sweep = () => one.sweep({ dryRun: false, maxShare: 1 });
    expect((await sweep()).skipped).toBe('first-reading');
    await world.clock.advance(60_000);
    // The vault wants two readings of its own.
    expect((await sweep()).skipped).toBe('first-reading');
    await world.clock.advance(3_600_000);
    const report = await sweep();
    expect([...report.archiveIds].sort()).toEqual([...foreseen.purged.ids].sort());
    expect(report).toMatchObject({ skipped: null, held: 1 });
    expect(await vault.client.getArchiveMetadata(idOf('held'))).toMatchObject({ sessionId: 'held' });
    await expect(vault.client.getArchiveMetadata(idOf('plain'))).rejects.toThrow();
  });

  it('fails at construction, naming option and value', () => {
    const vault = {} as RetentionVault;
    const rules = new RetentionRules({ policies: [], rules: [] });
    const make = (options: Partial<RetentionKeeperOptions>) => () =>
      new RetentionKeeper({ vault, rules, source: { due: () => [] }, ...options });
    expect(make({ leaseMs: -1 })).toThrow('`leaseMs` must be a number between 0 and 86400000, got -1');
    expect(make({ concurrency: 0 })).toThrow('`concurrency` must be a number between 1 and 256, got 0');
    expect(make({ archiveAfterDays: Number.NaN })).toThrow('`archiveAfterDays`');
  });
});

describe('one person', () => {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const subject = { key: 'userId', value: 'eve' };

  it('is erased everywhere, also what an archiver put meanwhile; the receipt verifies and names nobody', async () => {
    const { world, vault, scheduler, idOf } = await archived();
    using _ = world;
    // Archived without its metadata, so that only the session's id leads to it.
    world.graph.createSession({ id: 'later', modelId: 'gpt-4', metadata: { userId: 'eve' } });
    await drive(world.clock, scheduler.batchArchiveSessions(['later']));
    world.graph.createSession({ id: 'flying', modelId: 'gpt-4', metadata: { userId: 'eve' } });
    const flying = world.graph.load('flying')!;
    const ids = ['clinic', 'plain', 'later'].map(idOf);
    const unregistered: string[] = [];
    const sessions = graphSubjects(world.graph);
    const signer = await evidenceSigner(pem);
    const work = eraseSubject(subject, {
      sessions: {
        ...sessions,
        remove: async (id, options) => {
          await sessions.remove(id, options);
          // An archiver that had loaded the session puts it only now.
          if (id === 'flying')
            await vault.client.archiveSession({ id: 'late', sessionId: id, dataJson: flying.bytes, retentionDays: 9 });
        },
      },
      registry: { remove: (id) => void unregistered.push(id) },
      ...{ vault: vault.client, signer, reference: 'case 17', clock: world.clock },
    });
    const receipt = await drive(world.clock, work);
    expect(receipt).toMatchObject({ reference: 'case 17', metadataKey: 'userId', sessionsRemoved: 4, complete: true });
    expect(receipt.archivesErased).toBe(4);
    expect(unregistered.sort()).toEqual(['clinic', 'flying', 'later', 'plain']);
    for (const id of [...ids, 'late']) await expect(vault.client.getArchiveMetadata(id), id).rejects.toThrow();
    expect(await vault.client.getArchiveMetadata(idOf('held'))).toMatchObject({ sessionId: 'held' });
    expect(world.graph.listSessions().map(({ id }) => id)).toEqual(['held', 'short']);

    const text = JSON.stringify(subjectErasure.encode(receipt));
    expect(text).not.toContain('eve');
    expect(await verifySubjectErasure(text, signer.publicKey)).toEqual(receipt);
    for (const [from, to] of [
      ['case 17', 'case 18'],
      ['"complete":true', '"complete":false'],
      ['"archives_erased":4', '"archives_erased":5'],
      [ids[0]!, 'another'],
    ] as const) {
      expect(text).toContain(from);
      expect(await verifySubjectErasure(text.replace(from, to), signer.publicKey), from).toBeUndefined();
    }
    const stranger = await evidenceSigner(
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    );
    expect(await verifySubjectErasure(text, stranger.publicKey)).toBeUndefined();
    expect(await verifySubjectErasure('null', signer.publicKey)).toBeUndefined();
  });

  it('S1: cut off at any call and done again, is erased everywhere', async () => {
    const signer = await evidenceSigner(pem);
    let cuts = 0;
    for (let isWhole = false; !isWhole; cuts++) {
      const { world, vault, idOf } = await archived();
      using _ = world;
      const ids = ['clinic', 'plain'].map(idOf);
      const registered = new Set(['clinic', 'plain', 'held', 'short']);
      const lifeline = cutAfter(cuts);
      const registry = { remove: (id: string) => void registered.delete(id) };
      const erase = (over: typeof lifeline.over) =>
        drive(
          world.clock,
          eraseSubject(subject, {
            sessions: over(graphSubjects(world.graph), ['sessionsOf', 'remove']),
            vault: { retention: over(vault.client.retention, ['erase']) },
            registry: over(registry, ['remove']),
            ...{ signer, reference: 'case 17', clock: world.clock },
          }),
        );
      isWhole = await erase(lifeline.over).then(
        () => true,
        () => false,
      );
      expect(await erase((port) => port)).toMatchObject({ complete: true });
      for (const id of ids) await expect(vault.client.getArchiveMetadata(id), id).rejects.toThrow();
      expect([...registered]).toEqual(['held', 'short']);
      expect(world.graph.listSessions().map(({ id }) => id)).toEqual(['held', 'short']);
    }
    expect(cuts).toBeGreaterThan(10);
  });

  it('keeps what a legal hold or a lock keeps, and is told so', async () => {
    const { world, vault, idOf } = await archived();
    using _ = world;
    await vault.client.retention.lock(idOf('short'), {
      mode: 'compliance',
      until: new Date(world.clock.now() + dayMs),
    });
    const held = idOf('held');
    const signer = await evidenceSigner(pem);
    const shared = { sessions: graphSubjects(world.graph), vault: vault.client, signer, clock: world.clock };
    const bob = { key: 'userId', value: 'bob' };
    const kept = await drive(world.clock, eraseSubject(bob, { ...shared, reference: 'r' }));
    expect(kept).toMatchObject({ sessionsRemoved: 2, archivesErased: 0, complete: false });
    const reasons = kept.receipts.flatMap((receipt) => receipt.kept.map(({ reason }) => reason));
    expect([...new Set(reasons)].sort()).toEqual(['legal-hold', 'lock']);
    expect(await verifySubjectErasure(JSON.stringify(subjectErasure.encode(kept)), signer.publicKey)).toEqual(kept);
    await vault.client.releaseLegalHold(held);
    await world.clock.advance(2 * dayMs);
    const done = await drive(world.clock, eraseSubject(bob, { ...shared, reference: 'r' }));
    expect(done).toMatchObject({ sessionsRemoved: 0, archivesErased: 2, complete: true });
  });

  it('can be archived now, every session whatever its age', async () => {
    const world = new World();
    using _ = world;
    const vault = realVault(world.clock);
    for (const [id, userId] of [
      ['a', 'eve'],
      ['b', 'bob'],
      ['c', 'eve'],
    ] as const)
      world.graph.createSession({ id, modelId: 'gpt-4', metadata: { userId } });
    const scheduler = world.scheduler({ vault: vault.port });
    const sessions = graphSubjects(world.graph);
    const { stats } = await drive(world.clock, archiveSubject(subject, { sessions, scheduler }));
    expect(stats.archivedCount).toBe(2);
    expect(world.graph.archives('b')).toEqual([]);
    expect(await sessions.sessionsOf(subject, { after: 'a', limit: 1 })).toEqual(['c']);
    expect(await sessions.sessionsOf({ key: 'toString', value: 'eve' }, { limit: 1 })).toEqual([]);
  });
});
