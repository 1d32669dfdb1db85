import { describe, expect, it } from 'vitest';
import {
  type ArchivalScheduler,
  failpointNames,
  InMemoryRunJournal,
  type FailpointName,
  type SchedulerConfig,
} from '../src/index.ts';
import { Crash } from './kit/crash.ts';
import { drive } from './kit/drive.ts';
import { complaints } from './kit/oracle.ts';
import { reconcile } from './kit/reconcile.ts';
import { dayMs, World } from './kit/world.ts';

const sessions = 12;
const batchSize = 5;
/** The first, one in the second batch, the last time that a failpoint is passed in a run over all sessions. */
const passes: Record<FailpointName, readonly [number, number, number]> = {
  'after-claim': [1, 2, 3],
  'before-read': [1, 7, 12],
  'after-read': [1, 7, 12],
  'before-put': [1, 2, 3],
  'after-put-before-ack': [1, 2, 3],
  'after-ack': [1, 2, 3],
  'before-verify': [1, 2, 3],
  'after-verify': [1, 2, 3],
  'before-mark': [1, 7, 12],
  'inside-mark': [1, 7, 12],
  'after-mark': [1, 7, 12],
  'after-checkpoint': [1, 2, 3],
  'before-prune': [1, 2, 3],
  'mid-prune': [1, 7, 12],
  'during-drain': [1, 1, 1],
};
const isPrune = (name: FailpointName): boolean => name === 'before-prune' || name === 'mid-prune';
/** Sessions are removed at once where that is what is stopped. */
const configFor = (name: FailpointName): SchedulerConfig => ({
  batchSize,
  ...(isPrune(name) && { pruneAfterDays: 0 }),
});
const matrix = failpointNames.flatMap((name) => [...new Set(passes[name])].map((nth) => [name, nth] as const));

function victimOf(world: World, crash: Crash, name: FailpointName): ArchivalScheduler {
  const scheduler = world.scheduler(crash.ports(world), configFor(name));
  if (name === 'during-drain') scheduler.on('sessionArchived', () => void scheduler.stop());
  return scheduler;
}

async function killAt(world: World, name: FailpointName, nth: number): Promise<void> {
  const victim = victimOf(world, new Crash(name, nth), name);
  await expect(drive(world.clock, victim.runOnce())).rejects.toThrow(`killed at ${name}:${nth}`);
}

describe('S1, S7: killed at every failpoint', () => {
  it.each(matrix)('%s:%i - the same scheduler comes back at once', async (name, nth) => {
    using world = new World();
    const ids = await world.addSessions(sessions);
    await killAt(world, name, nth);
    const report = await world.run(world.scheduler({}, configFor(name)));
    expect(report.outcome).toBe('completed');
    expect(world.graph.listSessions()).toHaveLength(isPrune(name) ? 0 : sessions);
    expect(reconcile(world, ids)).toEqual([]);
    expect(world.vault.posts).toBeLessThanOrEqual(sessions + batchSize);
  });

  it.each(matrix)('%s:%i - another takes over once the leases ran out', async (name, nth) => {
    using world = new World();
    const ids = await world.addSessions(sessions);
    await killAt(world, name, nth);
    await world.clock.advance(120_001);
    await world.run(world.scheduler({ owner: 'b' }, configFor(name)));
    expect(reconcile(world, ids)).toEqual([]);
    expect(world.vault.posts).toBeLessThanOrEqual(sessions + batchSize);
  });

  it.each(matrix)('%s:%i - while another works beside it', async (name, nth) => {
    using world = new World();
    const ids = await world.addSessions(sessions);
    const crash = new Crash(name, nth);
    const other = world.scheduler({ owner: 'b' }, configFor(name));
    const victim = victimOf(world, crash, name);
    world.vault.onCall = () => new Promise((resolve) => setImmediate(resolve));
    // The other may be first everywhere, and then the victim never comes by its failpoint.
    const both = Promise.allSettled([victim.runOnce(), other.runOnce()]);
    const [first] = await drive(world.clock, both);
    expect(first.status === 'rejected' ? String(first.reason) : '').toContain(crash.dead ? `killed at ${name}` : '');
    await world.clock.advance(120_001);
    await world.run(world.scheduler({ owner: 'c' }, configFor(name)));
    expect(reconcile(world, ids)).toEqual([]);
    expect(world.vault.posts).toBeLessThanOrEqual(sessions * 1.25 + batchSize);
  });

  /** Edits what is archived by a clock that is behind, so that it is due again at once. @returns how many */
  function editArchived(world: World, ids: readonly string[]): number {
    const archived = ids.filter((id) => world.graph.archives(id).length > 0);
    world.clock.jumpWall(-31 * dayMs);
    for (const id of archived) world.graph.addPrompt(id, { role: 'user', content: 'one more thing' });
    world.clock.jumpWall(31 * dayMs);
    return archived.length;
  }

  it('S7: counts what was marked before the kill, also when it was edited before the run is resumed', async () => {
    using world = new World();
    const ids = await world.addSessions(sessions);
    await killAt(world, 'after-mark', 3);
    const edited = editArchived(world, ids);
    expect(edited).toBeGreaterThan(0);
    const { runs } = await world.run();
    // What was edited since is the next run's.
    expect(runs.map(({ counts }) => counts.archived)).toEqual([sessions, edited]);
    expect(reconcile(world, ids)).toEqual([]);
  });

  it('S7: counts it once when another run archives the edited version before that', async () => {
    using world = new World();
    const ids = await world.addSessions(sessions);
    await killAt(world, 'after-mark', 3);
    const edited = editArchived(world, ids);
    await world.clock.advance(61_000);
    const other = new InMemoryRunJournal(world.clock);
    const between = await world.run(world.scheduler({ owner: 'b', journal: other }));
    expect(between.stats.archivedCount).toBe(sessions);
    const { runs } = await world.run();
    expect(runs[0]?.counts).toEqual({ archived: edited, failed: 0, skipped: batchSize - edited });
    expect(complaints(world.graph, world.vault.evidence(), ids)).toEqual([]);
  });

  it('S7: counts what it had counted no second time, when it is edited and the run is killed once more', async () => {
    using world = new World();
    const ids = await world.addSessions(sessions);
    // The first is tried again later, and the run is resumed from before it.
    world.vault.refuse = ({ sessionId }) =>
      sessionId === 's000' ? { error: new Error('busy'), retryable: true } : undefined;
    await killAt(world, 'after-checkpoint', 1);
    expect(editArchived(world, ids)).toBe(batchSize - 1);
    world.vault.refuse = () => undefined;
    await killAt(world, 'before-put', 2);
    const { runs } = await world.run();
    expect(runs.map(({ counts }) => counts.archived)).toEqual([sessions, batchSize - 1]);
    expect(reconcile(world, ids)).toEqual([]);
  });

  it('again and again, at seeded random points', async () => {
    let seed = 20_260_801;
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
      return Math.floor((seed / 0x80000000) * n);
    };
    for (let round = 0; round < 15; round++) {
      using world = new World();
      const ids = await world.addSessions(30);
      for (let life = 0; life < 6; life++) {
        const name = failpointNames[random(failpointNames.length - 1)]!;
        const crash = new Crash(name, 1 + random(6));
        const scheduler = world.scheduler(crash.ports(world));
        await drive(world.clock, scheduler.runOnce()).catch((error: unknown) => {
          if (!crash.dead) throw error;
        });
      }
      await world.run();
      expect(reconcile(world, ids), `round ${String(round)}`).toEqual([]);
    }
  });
});
