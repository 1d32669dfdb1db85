import { describe, expect, it } from 'vitest';
import { ArchivalScheduler, type ArchiveVault } from '../src/index.ts';
import { drive } from './kit/drive.ts';
import { reconcile } from './kit/reconcile.ts';
import { dayMs, World } from './kit/world.ts';

describe('S1: pruning', () => {
  it('removes what was archived so long ago, after the vault has shown the whole of it', async () => {
    using world = new World();
    const ids = await world.addSessions(12);
    const scheduler = world.scheduler({}, { pruneAfterDays: 7 });
    const pruned: string[] = [];
    scheduler.on('sessionPruned', ({ sessionId }) => pruned.push(sessionId));
    expect((await world.run(scheduler)).pruned).toEqual({ pruned: 0, refused: 0 });
    await world.clock.advance(6 * dayMs);
    await world.run(scheduler);
    expect(world.vault.verified).toEqual([]);
    await world.clock.advance(dayMs);
    expect((await world.run(scheduler)).pruned).toEqual({ pruned: 12, refused: 0 });
    expect(pruned).toEqual(ids);
    expect(world.graph.listSessions()).toEqual([]);
    expect(reconcile(world, ids)).toEqual([]);
    world.graph.importSession(world.vault.evidence()[0]!.content);
    await world.clock.advance(31 * dayMs);
    await world.run(scheduler);
    expect(world.vault.held.size).toBe(12);
  });

  it('leaves what the vault spoilt or lost, and says so', async () => {
    using world = new World();
    await world.addSessions(4);
    await world.run();
    const [spoilt, lost] = [...world.vault.held.values()];
    spoilt!.content = new Uint8Array([1]);
    world.vault.held.delete(lost!.archiveId);
    const scheduler = world.scheduler({}, { pruneAfterDays: 0 });
    const refused: unknown[] = [];
    scheduler.on('pruneRefused', ({ sessionId, reason }) => refused.push([sessionId, reason]));
    expect((await world.run(scheduler)).pruned).toEqual({ pruned: 2, refused: 2 });
    expect(refused).toEqual([
      ['s000', 'Error: The vault holds something else than was marked'],
      ['s001', 'Error: Not held'],
    ]);
    expect(world.graph.listSessions().map(({ id }) => id)).toEqual(['s000', 's001']);
  });

  it('S2: leaves a session that is edited while it is verified', async () => {
    using world = new World();
    await world.addSessions(3);
    world.vault.onVerify = () => void world.graph.addPrompt('s001', { role: 'user', content: 'one more thing' });
    expect((await world.run(world.scheduler({}, { pruneAfterDays: 0 }))).pruned).toEqual({ pruned: 2, refused: 0 });
    expect(world.graph.prompts('s001')).toHaveLength(2);
  });

  it('ends as unavailable when the vault is gone by then, and S6 when it is told to stop', async () => {
    using world = new World();
    await world.addSessions(25);
    world.vault.onVerify = () => {
      throw new Error('connection refused');
    };
    const config = { pruneAfterDays: 0, outageAfter: 2 };
    expect((await world.run(world.scheduler({}, config))).outcome).toBe('unavailable');
    expect(world.graph.listSessions()).toHaveLength(25);
    const scheduler = world.scheduler({}, config);
    world.vault.onVerify = () => void scheduler.stop();
    expect(await world.run(scheduler)).toMatchObject({ outcome: 'stopped', pruned: { pruned: 5 } });
  });

  it.each([{ pruneAfterDays: 0 }, { verifyContent: true }])('S4: needs a vault that can be asked: %j', (config) => {
    using world = new World();
    const vault = Object.assign(Object.create(world.vault) as ArchiveVault, { verify: undefined });
    expect(() => new ArchivalScheduler({ source: world.graph, vault, config })).toThrow('`vault.verify`');
  });
});

describe('S1: a vault that tells the right digest of wrong bytes', () => {
  const run = async (verifyContent: boolean) => {
    using world = new World();
    await world.addSessions(3);
    const honest = world.vault.archive.bind(world.vault);
    world.vault.archive = async (requests, options) => {
      const outcomes = await honest(requests, options);
      for (const holding of world.vault.held.values()) {
        if (holding.sessionId === 's001') holding.content = new Uint8Array([1]);
      }
      return outcomes;
    };
    const { stats } = await drive(world.clock, world.scheduler({}, { verifyContent }).runOnce());
    return [stats.archivedCount, world.graph.archives('s001').length];
  };

  it('is believed by the digest, as the limits say, and found out by the content', async () => {
    expect(await run(false)).toEqual([3, 1]);
    expect(await run(true)).toEqual([2, 0]);
  });
});

describe('S2: a session edited after it was archived', () => {
  it('is archived again in its new version, beside the old one', async () => {
    using world = new World();
    const ids = await world.addSessions(3);
    await world.run();
    world.graph.addPrompt('s001', { role: 'user', content: 'one more thing' });
    await world.run();
    expect(world.vault.held.size).toBe(3);
    await world.clock.advance(31 * dayMs);
    await world.run();
    expect(world.graph.archives('s001').map(({ version }) => version)).toEqual([2, 3]);
    expect(world.vault.held.size).toBe(4);
    expect(reconcile(world, ids)).toEqual([]);
  });
});
