import { MemoryGraph } from '@llm-memory-graph/memory-graph';
import { TestClock } from '@llm-memory-graph/resilience/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ArchiveRequest, Checkpoint, RunJournal } from '../src/index.ts';
import { drive } from './kit/drive.ts';
import { complaints } from './kit/oracle.ts';
import { reconcile } from './kit/reconcile.ts';
import { dayMs, World } from './kit/world.ts';

describe('S2: a session edited while it is archived', () => {
  const edits: Record<string, (world: World, edit: (id: string) => void) => object> = {
    'before it is read': (_world, edit) => ({ failpoint: (name: string) => name === 'before-read' && edit('s001') }),
    'before it is stored': (_world, edit) => ({ failpoint: (name: string) => name === 'before-put' && edit('s001') }),
    'while it is stored': (world, edit) => {
      world.vault.onCall = () => edit('s001');
      return {};
    },
    'before it is marked': (_world, edit) => ({ registry: { markArchived: edit } }),
  };

  it.each(Object.keys(edits))('%s is archived again in its new version', async (when) => {
    using world = new World();
    const ids = await world.addSessions(3);
    let edited = false;
    const edit = (id: string): void => {
      if (edited || id !== 's001') return;
      edited = true;
      world.graph.addPrompt(id, { role: 'user', content: 'one more thing' });
    };
    const options = edits[when]!(world, edit);
    const report = await world.run(world.scheduler(options));
    expect(edited).toBe(true);
    expect(report.stats).toMatchObject({ archivedCount: 2, skippedCount: 1 });
    expect(world.graph.archives('s001')).toEqual([]);
    await world.clock.advance(31 * dayMs);
    await world.run(world.scheduler());
    expect(world.graph.archives('s001').map(({ version }) => version)).toEqual([3]);
    expect(complaints(world.graph, world.vault.evidence(), ids)).toEqual([]);
  });
});

describe('S3: two schedulers at once', () => {
  it('archive each session once, with hardly more requests than one', async () => {
    using world = new World();
    const ids = await world.addSessions(60);
    world.vault.onCall = () => new Promise((resolve) => setImmediate(resolve));
    const both = ['a', 'b'].map((owner) => world.scheduler({ owner }).runOnce());
    const reports = await drive(world.clock, Promise.all(both));
    expect(reconcile(world, ids)).toEqual([]);
    expect(reports.reduce((sum, { stats }) => sum + stats.archivedCount, 0)).toBe(60);
    expect(world.vault.posts).toBeLessThanOrEqual(75);
  });
});

describe('S4: clocks that are wrong', () => {
  it('a jump of 90 days in the middle of a run archives nothing early', async () => {
    using world = new World();
    const old = await world.addSessions(12);
    await world.addSessions(3, 1, 'young');
    let jumped = false;
    world.vault.onCall = () => {
      if (!jumped) world.clock.jumpWall(90 * dayMs);
      jumped = true;
    };
    await world.run();
    expect(complaints(world.graph, world.vault.evidence(), old)).toEqual([]);
  });

  it.each([90 * dayMs, -90 * dayMs])('a jump of %i ms between runs is told, and archives nothing early', async (ms) => {
    using world = new World();
    const scheduler = world.scheduler();
    const skews: number[] = [];
    scheduler.on('clockSkew', ({ skewMs }) => skews.push(skewMs));
    await world.run(scheduler);
    await world.addSessions(3, 1);
    world.clock.jumpWall(ms);
    await world.run(scheduler);
    expect(skews).toEqual([ms]);
    expect(world.vault.held.size).toBe(0);
    world.clock.jumpWall(-ms);
    await world.run(scheduler);
    await world.clock.advance(31 * dayMs);
    await world.run(scheduler);
    expect(world.vault.held.size).toBe(3);
  });

  it('a process started 90 days ahead of the vault archives nothing early', async () => {
    using world = new World();
    await world.addSessions(3, 1);
    const truth = new TestClock(world.clock.now());
    const vault = Object.assign(world.vault, { now: () => new Date(truth.now()) });
    world.clock.jumpWall(90 * dayMs);
    await world.run(world.scheduler({ vault }));
    expect(world.vault.held.size).toBe(0);
  });

  it('a run begun by such a process is not carried on by one that is right', async () => {
    using world = new World();
    const old = await world.addSessions(6);
    await world.addSessions(6, 1, 'young');
    const ahead = new TestClock(world.clock.now() + 90 * dayMs);
    const first = world.scheduler({ clock: ahead });
    world.vault.onCall = () => void first.stop();
    expect((await drive(ahead, first.runOnce())).outcome).toBe('stopped');
    world.vault.onCall = () => undefined;
    await world.run();
    expect(complaints(world.graph, world.vault.evidence(), old)).toEqual([]);
  });

  it('a dead process 90 days ahead holds its sessions for two leases at most', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'scheduler-'));
    try {
      const path = join(directory, 'graph.sqlite');
      using world = new World(path);
      const ids = await world.addSessions(5);
      using ahead = MemoryGraph.open({ path, clock: new TestClock(world.clock.now() + 90 * dayMs) });
      ahead.claim(ids, { owner: 'ahead', ttlMs: 60_000 });
      expect((await world.run()).stats.skippedCount).toBe(5);
      await world.clock.advance(120_000);
      await world.run();
      expect(complaints(world.graph, world.vault.evidence(), ids)).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe('S5: a poisoned session', () => {
  const poison = (retryable: boolean) => (request: ArchiveRequest) =>
    request.sessionId === 's002' ? { error: new Error('cannot digest it'), retryable } : undefined;

  it('is tried again with backoff, parked with its reason, and blocks nobody', async () => {
    using world = new World();
    await world.addSessions(12);
    world.vault.refuse = poison(true);
    const scheduler = world.scheduler();
    const failures: unknown[] = [];
    const parked: unknown[] = [];
    scheduler.on('sessionFailed', ({ attempts }) => failures.push([attempts, world.vault.held.size]));
    scheduler.on('sessionParked', (event) => parked.push(event));
    const before = world.clock.monotonic();
    const { stats } = await world.run(scheduler);
    expect(stats).toMatchObject({ archivedCount: 11, failedCount: 1, totalProcessed: 12 });
    expect(failures).toEqual([
      [1, 4],
      [2, expect.any(Number)],
    ]);
    // Half of 1 s and of 2 s, plus half of that with the fixed random source.
    expect(world.clock.monotonic() - before).toBeGreaterThanOrEqual(750 + 1500);
    expect(parked).toEqual([{ sessionId: 's002', version: 2, attempts: 3, reason: 'Error: cannot digest it' }]);
    expect(await scheduler.parked()).toMatchObject([{ sessionId: 's002', attempts: 3, parked: true }]);

    const { posts } = world.vault;
    expect((await world.run(scheduler)).stats).toMatchObject({ skippedCount: 1, totalProcessed: 1 });
    expect(world.vault.posts).toBe(posts);
    world.vault.refuse = () => undefined;
    expect(await scheduler.unpark(['s002', 's003'])).toBe(1);
    expect((await world.run(scheduler)).stats.archivedCount).toBe(1);
    expect(await scheduler.parked()).toEqual([]);
  });

  it('is parked at once when it can never succeed, and tried again once it was edited', async () => {
    using world = new World();
    const ids = await world.addSessions(3);
    world.vault.refuse = poison(false);
    expect((await world.run()).stats).toMatchObject({ archivedCount: 2, failedCount: 1 });
    expect(world.vault.posts).toBe(3);
    world.vault.refuse = () => undefined;
    world.graph.updateSession('s002', { tags: ['mended'] });
    await world.clock.advance(31 * dayMs);
    await world.run();
    expect(complaints(world.graph, world.vault.evidence(), ids)).toEqual([]);
  });

  it('that spoils every call it is part of is found and parked', async () => {
    using world = new World();
    await world.addSessions(12);
    world.vault.onCall = (requests) => {
      if (requests.some(({ sessionId }) => sessionId === 's002')) throw new Error('internal error');
    };
    const scheduler = world.scheduler();
    const { outcome, stats } = await world.run(scheduler);
    expect(outcome).toBe('completed');
    expect(stats).toMatchObject({ archivedCount: 11, failedCount: 1 });
    expect(await scheduler.parked()).toMatchObject([{ sessionId: 's002', reason: 'Error: internal error' }]);
  });

  it('S7: is counted once, also when the run is resumed', async () => {
    using world = new World();
    await world.addSessions(12);
    const scheduler = world.scheduler();
    let stopped = false;
    world.vault.onCall = (_requests, signal) => {
      if (stopped) return;
      stopped = true;
      void scheduler.stop();
      void scheduler.stop();
      signal?.throwIfAborted();
    };
    expect((await world.run(scheduler)).outcome).toBe('stopped');
    world.vault.refuse = ({ sessionId }) =>
      ['s001', 's003'].includes(sessionId)
        ? { error: new Error('cannot digest it'), retryable: sessionId === 's003' }
        : undefined;
    const { runs } = await world.run();
    expect(runs[0]?.counts).toEqual({ archived: 10, failed: 2, skipped: 0 });
  });

  it('that cannot be read is parked', async () => {
    using world = new World();
    await world.addSessions(3);
    const graph = world.graph;
    const source = new Proxy(graph, {
      get: (target, key) =>
        key === 'load'
          ? (id: string) => {
              if (id === 's001') throw new Error('damaged row');
              return target.load(id);
            }
          : (Reflect.get(target, key, target) as () => unknown).bind(target),
    });
    expect((await world.run(world.scheduler({ source }))).stats).toMatchObject({ archivedCount: 2, failedCount: 1 });
  });

  it('holds the cursor back until it is finished', async () => {
    using world = new World();
    await world.addSessions(12);
    world.vault.refuse = poison(true);
    const finished = new Set<string>();
    const wrong: string[] = [];
    const journal = new Proxy(world.journal, {
      get: (target, key) =>
        key === 'checkpoint'
          ? (...args: Parameters<RunJournal['checkpoint']>) => {
              const checkpoint: Checkpoint = args[1];
              for (const { sessionId } of checkpoint.results) finished.add(sessionId);
              const upTo = checkpoint.cursor?.id ?? '';
              for (let i = 0; i < 12; i++) {
                const id = `s${String(i).padStart(3, '0')}`;
                if (id <= upTo && !finished.has(id)) wrong.push(`${id} is passed unfinished`);
              }
              return target.checkpoint(...args);
            }
          : (Reflect.get(target, key, target) as () => unknown).bind(target),
    });
    await world.run(world.scheduler({ journal }));
    expect(finished.size).toBe(12);
    expect(wrong).toEqual([]);
  });
});

describe('a service that is down', () => {
  it.each(['vault', 'registry'] as const)('the %s: the run ends early, no session is to blame', async (service) => {
    using world = new World();
    const ids = await world.addSessions(100);
    const down = (): never => {
      throw new Error('connection refused');
    };
    world.vault.onCall = service === 'vault' ? down : () => undefined;
    const options = service === 'registry' ? { registry: { markArchived: down } } : {};
    const scheduler = world.scheduler(options, { batchSize: 20 });
    const backlog: unknown[] = [];
    scheduler.on('backlog', ({ oldest }) => backlog.push(oldest));
    const report = await world.run(scheduler);
    expect(report).toMatchObject({ outcome: 'unavailable', stats: { totalProcessed: 0 } });
    expect(report.error).toMatchObject({ code: 'unavailable', cause: { message: 'connection refused' } });
    expect(backlog).toEqual([expect.any(Date)]);
    expect(await scheduler.parked()).toEqual([]);
    world.vault.onCall = () => undefined;
    await world.run();
    expect(reconcile(world, ids)).toEqual([]);
  });

  it('a short one is waited for', async () => {
    using world = new World();
    const ids = await world.addSessions(5);
    world.vault.onCall = ([first]) => {
      if (world.vault.calls <= 2) throw new Error(`no route for ${String(first === undefined)}`);
    };
    expect((await world.run()).stats.archivedCount).toBe(5);
    expect(reconcile(world, ids)).toEqual([]);
  });
});

describe('S6: stopping', () => {
  it('finishes the batch under way, and the next run takes over', async () => {
    using world = new World();
    const ids = await world.addSessions(12);
    const scheduler = world.scheduler();
    let stopped: Promise<void> | undefined;
    world.vault.onCall = () => void (stopped ??= scheduler.stop());
    const report = await world.run(scheduler);
    await stopped;
    expect(report).toMatchObject({ outcome: 'stopped', stats: { archivedCount: 5 } });
    const next = await world.run(world.scheduler({ owner: 'b' }));
    expect(next.runs[0]?.counts.archived).toBe(12);
    expect(next.stats.archivedCount).toBe(7);
    expect(reconcile(world, ids)).toEqual([]);
    expect(world.vault.posts).toBe(12);
    expect(world.clock.pendingTimers).toBe(0);
  });

  it.each(['the grace is over', 'it is told a second time'])('ends at once when %s', async (why) => {
    using world = new World();
    const ids = await world.addSessions(12);
    const scheduler = world.scheduler();
    let before = 0;
    world.vault.onCall = (_requests, signal) => {
      before = world.clock.monotonic();
      void scheduler.stop({ graceMs: 5000 });
      if (why !== 'the grace is over') void scheduler.stop();
      return new Promise((_, reject) => {
        if (signal?.aborted) reject(signal.reason);
        signal?.addEventListener('abort', () => reject(signal.reason));
      });
    };
    const report = await world.run(scheduler);
    const waited = world.clock.monotonic() - before;
    expect(report).toMatchObject({ outcome: 'stopped', stats: { totalProcessed: 0 } });
    expect(waited >= 5000).toBe(why === 'the grace is over');
    world.vault.onCall = () => undefined;
    await world.run(world.scheduler({ owner: 'b' }));
    expect(reconcile(world, ids)).toEqual([]);
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('does not wait for a retry', async () => {
    using world = new World();
    await world.addSessions(1);
    world.vault.refuse = () => ({ error: new Error('later'), retryable: true });
    const scheduler = world.scheduler({}, { retryDelayMs: 3_600_000, maxRetryDelayMs: 3_600_000 });
    scheduler.on('sessionFailed', () => void scheduler.stop());
    const before = world.clock.monotonic();
    expect((await world.run(scheduler)).outcome).toBe('stopped');
    expect(world.clock.monotonic() - before).toBeLessThan(60_000);
  });
});
