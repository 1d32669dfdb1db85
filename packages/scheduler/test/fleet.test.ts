import { describe, expect, it } from 'vitest';
import type { ArchivalScheduler, RunReport, SchedulerConfig } from '../src/index.ts';
import { drive } from './kit/drive.ts';
import { FakeFleet } from './kit/fake-fleet.ts';
import { reconcile } from './kit/reconcile.ts';
import { World } from './kit/world.ts';

async function fleetOf(world: World, size: number, config: SchedulerConfig = {}) {
  const fleet = new FakeFleet();
  const schedulers: ArchivalScheduler[] = [];
  for (let i = 0; i < size; i += 1) {
    const scheduler = world.scheduler({ owner: `p${String(i)}`, engine: fleet.engine() }, config);
    await scheduler.start();
    schedulers.push(scheduler);
  }
  const [leader] = schedulers;
  return { fleet, leader: leader!, run: (): Promise<RunReport> => drive(world.clock, leader!.runOnce()) };
}

describe('a run whose batches are shared', () => {
  it('S3, S7: is done by all, once, and counted where it is led', async () => {
    using world = new World();
    const ids = await world.addSessions(60);
    const { fleet, leader, run } = await fleetOf(world, 3);
    const archived: string[] = [];
    leader.on('sessionArchived', ({ sessionId }) => archived.push(sessionId));
    const report = await run();
    expect(report).toMatchObject({ outcome: 'completed', stats: { archivedCount: 60, totalProcessed: 60 } });
    expect(fleet.taken.map((taken) => taken.length)).toEqual([20, 20, 20]);
    expect(archived.sort()).toEqual(ids);
    expect(world.vault.posts).toBe(60);
    expect(reconcile(world, ids)).toEqual([]);
  });

  it('keeps within the batches that may be given away at a time', async () => {
    using world = new World();
    await world.addSessions(60);
    const { fleet, run } = await fleetOf(world, 2);
    let now = 0;
    let most = 0;
    fleet.onBatch = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
    };
    await run();
    expect(most).toBe(4);
  });

  it('S5: parks the session that brings every process down, and archives the rest', async () => {
    using world = new World();
    const ids = await world.addSessions(12);
    const { fleet, leader, run } = await fleetOf(world, 2);
    fleet.onBatch = ({ sessionIds }) => {
      if (sessionIds.includes('s007')) throw new Error('The batch was given up after 5 attempts');
    };
    expect((await run()).stats).toMatchObject({ archivedCount: 11, failedCount: 1 });
    expect(await leader.parked()).toMatchObject([
      { sessionId: 's007', version: 2, attempts: 3, reason: 'Error: The batch was given up after 5 attempts' },
    ]);
    fleet.onBatch = () => undefined;
    await leader.unpark(['s007']);
    await run();
    expect(reconcile(world, ids)).toEqual([]);
  });

  it('ends as unavailable when a process cannot reach the vault, and blames nobody', async () => {
    using world = new World();
    const ids = await world.addSessions(30);
    const { leader, run } = await fleetOf(world, 2);
    world.vault.onCall = () => {
      throw new Error('connection refused');
    };
    expect(await run()).toMatchObject({ outcome: 'unavailable', error: { code: 'unavailable' } });
    expect(await leader.parked()).toEqual([]);
    world.vault.onCall = () => undefined;
    await run();
    expect(reconcile(world, ids)).toEqual([]);
  });

  it('S3: waits for what a dead process still holds, instead of leaving it for the next run', async () => {
    using world = new World();
    const ids = await world.addSessions(12);
    world.graph.claim(['s002', 's003'], { owner: 'dead', ttlMs: 60_000 });
    const { run } = await fleetOf(world, 2);
    expect((await run()).stats).toMatchObject({ archivedCount: 12, skippedCount: 0 });
    expect(reconcile(world, ids)).toEqual([]);
  });

  it('S1: is led on by another process, which counts what was done before', async () => {
    using world = new World();
    const ids = await world.addSessions(30);
    const { fleet, leader } = await fleetOf(world, 2);
    let batches = 0;
    fleet.onBatch = () => {
      batches += 1;
      if (batches === 3) {
        // Dies without a word: its leases and the run's stay.
        void leader.stop();
        void leader.stop();
      }
    };
    await drive(world.clock, leader.runOnce()).catch(() => undefined);
    await world.clock.advance(120_001);
    fleet.onBatch = () => undefined;
    const next = world.scheduler({ owner: 'next', engine: fleet.engine() });
    await next.start();
    const { runs } = await drive(world.clock, next.runOnce());
    expect(runs[0]?.counts.archived).toBe(30);
    expect(reconcile(world, ids)).toEqual([]);
  });
});

describe('bytes and pace', () => {
  it('keeps within the bytes in flight, whatever goes on side by side', async () => {
    using world = new World();
    const ids = await world.addSessions(40);
    const size = world.graph.load('s000')!.bytes.length;
    let now = 0;
    let most = 0;
    world.vault.onCall = async (requests) => {
      const bytes = requests.reduce((sum, request) => sum + request.bytes.length, 0);
      now += bytes;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= bytes;
    };
    await world.run(world.scheduler({}, { batchesAtOnce: 8, maxBytesInFlight: size * 7 }));
    expect(reconcile(world, ids)).toEqual([]);
    expect(most).toBeGreaterThan(size * 5);
    expect(most).toBeLessThanOrEqual(size * 7);
  });

  it('lets a session through that is larger than the bound, alone', async () => {
    using world = new World();
    const ids = await world.addSessions(6);
    await world.run(world.scheduler({}, { batchesAtOnce: 3, batchSize: 2, maxBytesInFlight: 1 }));
    expect(world.vault.largestCall).toBe(1);
    expect(reconcile(world, ids)).toEqual([]);
  });

  it('begins no more sessions per second than it may', async () => {
    using world = new World();
    await world.addSessions(60);
    const began = world.clock.monotonic();
    const times: number[] = [];
    const failpoint = (name: string): void => {
      if (name === 'before-read') times.push(world.clock.monotonic() - began);
    };
    await world.run(world.scheduler({ failpoint }, { sessionsPerSecond: 10, batchesAtOnce: 3 }));
    expect(times).toHaveLength(60);
    // A burst of ten, and then ten a second: the nth is not begun before its time.
    times.sort((a, b) => a - b);
    for (const [i, ms] of times.entries()) expect(ms).toBeGreaterThanOrEqual((i - 10) * 100);
  });
});
