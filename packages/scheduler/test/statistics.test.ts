import type { AuditEntry } from '@llm-memory-graph/contracts';
import { describe, expect, it } from 'vitest';
import {
  ArchivalAlarms,
  ArchivalStats,
  reconcileRun,
  statisticsOf,
  statisticsOverTime,
  type FailpointName,
  type JournalRun,
  type SchedulerEvents,
} from '../src/index.ts';
import { realVault } from './kit/real-vault.ts';
import { dayMs, World } from './kit/world.ts';

const hour = 3_600_000;

function run(startedMs: number, counts: [archived: number, failed: number, skipped: number], ms?: number): JournalRun {
  const [archived, failed, skipped] = counts;
  return {
    ...{ runId: `r${String(startedMs)}`, owner: 'a', epoch: 1, startedAt: new Date(startedMs), cutoff: new Date(0) },
    ...{ cursor: undefined, counts: { archived, failed, skipped }, outcome: 'completed' },
    finishedAt: ms === undefined ? undefined : new Date(startedMs + ms),
  };
}

describe('statistics', () => {
  it('S7: of a run are its five fields, and processed = archived + failed + skipped', () => {
    const { stats, finishedAt } = statisticsOf(run(1000, [6, 1, 1], 500));
    expect(stats).toMatchObject({
      totalProcessed: 8,
      archivedCount: 6,
      failedCount: 1,
      skippedCount: 1,
      durationMs: 500,
    });
    expect(stats.successRate()).toBe(0.75);
    expect(finishedAt).toEqual(new Date(1500));
    expect(statisticsOf(run(1000, [0, 0, 0])).stats).toEqual(
      new ArchivalStats({ archived: 0, failed: 0, skipped: 0 }, 0),
    );
    // A wall clock that went back makes no negative time.
    expect(statisticsOf(run(1000, [0, 0, 0], -9)).stats.durationMs).toBe(0);
  });

  it('S7: over time add up to those of the runs, each in the window in which it began', () => {
    const runs = [
      run(0, [1, 0, 0], 5),
      run(hour - 1, [2, 1, 0], 5),
      run(hour, [4, 0, 2], 5),
      run(3 * hour, [8, 0, 0], 5),
    ];
    const windows = statisticsOverTime(runs, { from: new Date(0), to: new Date(2.5 * hour), everyMs: hour });
    expect(windows.map(({ runs: began, stats }) => [began, stats.archivedCount, stats.totalProcessed])).toEqual([
      [2, 3, 4],
      [1, 4, 6],
      [0, 0, 0],
    ]);
    expect(windows.at(-1)).toMatchObject({ from: new Date(2 * hour), to: new Date(2.5 * hour) });
    for (const everyMs of [0, -1, Number.NaN, 1e-6])
      expect(() => statisticsOverTime(runs, { from: new Date(0), to: new Date(hour), everyMs })).toThrow('`span`');
  });
});

describe('S7: a run against the journal of the vault', () => {
  const none = { 'missing-in-journal': 0, 'digest-differs': 0, 'twice-in-journal': 0, 'not-counted': 0 };

  /** @param beforeMarks is called once */
  async function archived(count: number, beforeMarks: (graph: World['graph']) => void = () => undefined) {
    const world = new World();
    const { client, port } = realVault(world.clock);
    const ids = await world.addSessions(count);
    let called = false;
    const failpoint = (name: FailpointName): void => {
      if (name !== 'before-mark' || called) return;
      called = true;
      beforeMarks(world.graph);
    };
    const [run] = (await world.run(world.scheduler({ vault: port, failpoint }))).runs;
    const archiveOf = (id: string) => world.graph.archives(id)[0]!.archiveId;
    /** @param tamper what becomes of an entry of the journal: others in its place */
    const reconcile = (tamper: (entry: AuditEntry) => AuditEntry[] = (entry) => [entry], more: object = {}) =>
      reconcileRun(run!, {
        source: world.graph,
        lister: client,
        audit: {
          page: async (...request) => {
            const page = await client.audit.page(...request);
            return { ...page, entries: page.entries.flatMap(tamper) };
          },
        },
        ...more,
      });
    return { world, client, ids, run: run!, archiveOf, reconcile };
  }

  it('agrees archive by archive, in one part or in several', async () => {
    const { world, run, reconcile } = await archived(40);
    using _ = world;
    const agreed = {
      ...{ runId: run.runId, archivedCount: 40, markedCount: 40, journalCount: 40, removedCount: 0 },
      ...{ differenceCounts: none, differences: [], reconciles: true },
    };
    expect(await reconcile()).toEqual(agreed);
    expect(await reconcile(undefined, { maxArchives: 7 })).toEqual(agreed);
  });

  it('finds an entry that is missing, one that was changed, and one that stands twice', async () => {
    const { world, ids, archiveOf, reconcile } = await archived(9);
    using _ = world;
    const [missing, changed, twice] = ids.slice(2, 5).map(archiveOf);
    const tampered = await reconcile((entry) => {
      if (entry.subject === missing) return [];
      if (entry.subject === twice) return [entry, entry];
      return entry.subject === changed ? [{ ...entry, detail: { ...entry.detail, digest: 'sha256:00' } }] : [entry];
    });
    expect(tampered).toMatchObject({
      ...{ archivedCount: 9, journalCount: 8, reconciles: false },
      differenceCounts: { ...none, 'missing-in-journal': 1, 'digest-differs': 1, 'twice-in-journal': 1 },
    });
    const found = [
      { kind: 'missing-in-journal', archiveId: missing, sessionId: 's002' },
      { kind: 'digest-differs', archiveId: changed, sessionId: 's003' },
      { kind: 'twice-in-journal', archiveId: twice, sessionId: 's004' },
    ];
    expect(tampered.differences).toEqual(found);
    const each = await Promise.all(
      found.map(({ kind, archiveId }) =>
        reconcile((entry) => {
          if (entry.subject !== archiveId) return [entry];
          if (kind === 'missing-in-journal') return [];
          return kind === 'twice-in-journal' ? [entry, entry] : [{ ...entry, detail: {} }];
        }),
      ),
    );
    expect(each.map(({ reconciles }) => reconciles)).toEqual([false, false, false]);
  });

  it('names what it does not count: of a session edited before the mark, or put there by somebody', async () => {
    const { world, client, run, reconcile } = await archived(9, (graph) =>
      graph.addPrompt('s000', { role: 'user', content: 'one more' }),
    );
    using _ = world;
    expect(run.counts).toEqual({ archived: 8, failed: 0, skipped: 1 });
    const { archiveId } = await client.archiveSession({
      sessionId: 'stranger',
      data: {},
      metadata: { run_id: run.runId },
    });
    const { differences, ...counts } = await reconcile();
    expect(counts).toMatchObject({ archivedCount: 8, markedCount: 8, journalCount: 10, reconciles: true });
    expect(differences).toEqual([
      { kind: 'not-counted', archiveId: expect.any(String) as string, sessionId: 's000' },
      { kind: 'not-counted', archiveId, sessionId: 'stranger' },
    ]);
  });

  it('counts apart what was deleted since, and counts what was pruned', async () => {
    const { world, client, ids, archiveOf, reconcile } = await archived(6);
    using _ = world;
    for (const id of ids.slice(0, 2)) await client.deleteArchive(archiveOf(id));
    expect(await reconcile()).toMatchObject({ journalCount: 6, removedCount: 2, differences: [], reconciles: true });
    world.graph.deleteSession(ids[5]!);
    expect(await reconcile()).toMatchObject({
      markedCount: 5,
      differenceCounts: { 'not-counted': 1 },
      reconciles: true,
    });
    // Both are gone, and nothing is left that tells of the run.
    world.graph.deleteSession(ids[0]!);
    expect(await reconcile()).toMatchObject({ markedCount: 4, journalCount: 5, reconciles: false });
  });

  it('names the first differences and counts all', async () => {
    const { world, reconcile } = await archived(5);
    using _ = world;
    const lost = await reconcile(() => [], { maxDifferences: 2 });
    expect(lost.differences).toHaveLength(2);
    expect(lost.differenceCounts['missing-in-journal']).toBe(5);
    await expect(reconcile(undefined, { maxArchives: 0 })).rejects.toThrow('`maxArchives` must be an integer');
  });
});

describe('alarms', () => {
  const scheduler = () => {
    const handlers = new Map<string, (event: never) => void>();
    const on = (type: string, handler: (event: never) => void) => void handlers.set(type, handler);
    const emit = <Type extends keyof SchedulerEvents>(type: Type, event: SchedulerEvents[Type]) =>
      handlers.get(type)?.(event as never);
    const finished = (processed: number, outcome: 'completed' | 'stopped' = 'completed', at = 0) =>
      emit('runFinished', {
        ...{ outcome, runs: [run(at, [processed, 0, 0], 1)], pruned: { pruned: 0, refused: 0 } },
        stats: new ArchivalStats({ archived: processed, failed: 0, skipped: 0 }, 1),
      });
    return { on, emit, finished };
  };

  async function watched(waiting: () => number, options = {}) {
    const { on, emit, finished } = scheduler();
    const ref = { version: 1, updatedAt: new Date(7) };
    const due = (_cutoff: Date, { after, limit }: { after?: { id: string } | undefined; limit: number }) => {
      const from = after ? Number(after.id) + 1 : 0;
      const length = Math.max(0, Math.min(limit, waiting() - from));
      return Array.from({ length }, (_, i) => ({ ...ref, id: String(from + i) }));
    };
    const alarms = new ArchivalAlarms({ source: { due }, ...options });
    const raised: [string, unknown][] = [];
    alarms.on('*', (type, event) => raised.push([type, event]));
    alarms.on('*', () => {
      throw new Error('a listener');
    });
    alarms.watch({ on });
    return { alarms, emit, finished, raised };
  }

  it('are raised once when runs find nothing after runs that did', async () => {
    const { alarms, finished, raised } = await watched(() => 0);
    for (const processed of [0, 0, 0, 0]) finished(processed);
    finished(5, 'completed', 42);
    finished(0);
    finished(0, 'stopped');
    finished(0);
    expect(raised).toEqual([]);
    finished(0);
    finished(0);
    expect(raised).toEqual([['emptyWindow', { runs: 3, lastBusyAt: new Date(42) }]]);
    finished(1);
    for (let i = 0; i < 3; i++) finished(0);
    await alarms.settled();
    expect(raised).toHaveLength(2);
  });

  it('are raised once when the backlog grows run after run', async () => {
    const sizes = [5, 5, 6, 900, 2500, 2600, 2700, 1, 2, 3, 4];
    let at = -1;
    const { alarms, finished, raised } = await watched(() => sizes[at] ?? 0);
    for (let i = 0; i < sizes.length; i++) {
      at = i;
      finished(1);
      await alarms.settled();
    }
    expect(raised).toEqual([
      ['growingBacklog', { waiting: [5, 6, 900, 2500], oldest: new Date(7) }],
      ['growingBacklog', { waiting: [1, 2, 3, 4], oldest: new Date(7) }],
    ]);
  });

  it('tell of jumping clocks, and of a source that does not answer', async () => {
    const { alarms, emit, finished, raised } = await watched(() => {
      throw new Error('down');
    });
    emit('clockSkew', { skewMs: 5, between: 'wall-and-vault' });
    finished(1);
    await alarms.settled();
    expect(raised).toEqual([
      ['clockJump', { skewMs: 5, between: 'wall-and-vault' }],
      ['unreadable', { error: new Error('down') }],
    ]);
    expect(() => new ArchivalAlarms({ source: { due: () => [] }, emptyRuns: 0 })).toThrow(
      '`emptyRuns` must be an integer',
    );
  });

  it('hear a real scheduler', async () => {
    using world = new World();
    await world.addSessions(2);
    const real = world.scheduler();
    const alarms = new ArchivalAlarms({ source: world.graph, emptyRuns: 1 });
    const raised: string[] = [];
    alarms.on('*', (type) => raised.push(type));
    alarms.watch(real);
    await world.run(real);
    await world.clock.advance(dayMs);
    await world.run(real);
    await alarms.settled();
    expect(raised).toEqual(['emptyWindow']);
  });
});
