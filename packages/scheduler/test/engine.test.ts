import { TestClock } from '@llm-memory-graph/resilience/testing';
import { TestClock as PgBossClock } from 'pg-boss';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MemoryGraph } from '@llm-memory-graph/memory-graph';
import { inProcess, type EngineWork, type RunReport, type SessionSource } from '../src/index.ts';
import { pgBossEngine, type DeadJob, type PgBossEngineOptions } from '../src/pg-boss/index.ts';
import { engineContract } from '../src/testing/index.ts';
import { drive } from './kit/drive.ts';
import { reconcile } from './kit/reconcile.ts';
import { World } from './kit/world.ts';
import { hasPostgres, postgresBinary, startPostgres, type TestPostgres } from '../../../postgres.shared.ts';

const hourMs = 3_600_000;
const start = Date.UTC(2030, 0, 1, 12, 58);
/** Once a year. */
const never = { cron: '0 0 1 1 *' };
const idle: EngineWork = {
  run: async () => {},
  batch: async () => ({ outcomes: [] }),
  release: async () => {},
  leaseMs: 5000,
  lastRun: undefined,
};

type FleetOptions = Omit<PgBossEngineOptions, 'connection' | 'clock'> & {
  readonly clock?: TestClock;
  /** Where the clocks begin. @default start */
  readonly from?: number;
};

/** Lets time pass in steps of a poll, and never without a turn of the event loop, in which handlers go on. */
async function pass(clocks: { readonly boss: PgBossClock; readonly clock: TestClock }, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 10_000) {
    const step = Math.min(left, 10_000);
    await clocks.boss.tick(step);
    await clocks.clock.advance(step);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A source in which a session ends whoever works on it. */
function poison(graph: MemoryGraph, isPoisoned: () => boolean, poisoned: string): SessionSource {
  return new Proxy<SessionSource>(graph, {
    get: (_, key) => {
      if (key !== 'load') return (Reflect.get(graph, key, graph) as () => unknown).bind(graph);
      return (id: string) => {
        const loaded = graph.load(id);
        if (id !== poisoned || !isPoisoned() || loaded === undefined) return loaded;
        return Object.defineProperty({ ...loaded }, 'tags', {
          get: () => {
            throw new Error('brings the process down');
          },
        });
      };
    },
  });
}

describe('the engine in one process', () => {
  it.each(engineContract)('$title', ({ check }) =>
    check((schedule) => {
      const clock = new TestClock(start);
      return {
        engine: inProcess({ ...schedule, clock }),
        now: () => clock.now(),
        advance: (ms) => clock.advance(ms),
      };
    }),
  );
});

describe('an interval', () => {
  it.each([90, -90])('S4: is not moved by a wall clock that jumps by %i days', async (days) => {
    const clock = new TestClock(start);
    const engine = inProcess({ everyHours: 24, clock });
    let begun = 0;
    const run = async (): Promise<void> => void (begun += 1);
    await engine.start({ ...idle, run });
    await clock.advance(hourMs);
    clock.jumpWall(days * 24 * hourMs);
    await clock.advance(22 * hourMs);
    expect(begun).toBe(1);
    await clock.advance(hourMs);
    expect(begun).toBe(2);
    await engine.stop();
  });
});

describe.skipIf(!hasPostgres)(`the engine of a fleet (needs ${postgresBinary})`, () => {
  let postgres: TestPostgres;
  let fleets = 0;

  /**
   * An engine alone in its fleet, and the clocks that it goes by. With this clock, and only then, pg-boss queues a query
   * on each new connection before anybody asks for it, of which `pg` warns.
   */
  function fleetEngine({ from = start, clock = new TestClock(from), ...options }: FleetOptions) {
    const boss = new PgBossClock(from);
    fleets += 1;
    const schema = `fleet_${String(fleets)}`;
    const connection = { connectionString: postgres.url, schema, clock: boss };
    return { engine: pgBossEngine({ ...options, connection, clock }), clocks: { boss, clock }, schema };
  }

  beforeAll(async () => {
    postgres = await startPostgres();
  }, 60_000);

  afterAll(() => postgres.stop(), 60_000);

  it.each(engineContract)('$title', ({ check }) =>
    check((schedule) => {
      const { engine, clocks } = fleetEngine(schedule);
      return { engine, now: () => clocks.boss.now(), advance: (ms) => pass(clocks, ms) };
    }),
  );

  // As pg-boss has it; the README says so.
  it.each([
    [0, 'skip', '2030-03-31T00:59:00Z'],
    [1, 'repeat, the second time too', '2030-10-27T01:29:00Z'],
  ])('starts %i runs at a wall time that clocks %s', async (runs, _what, from) => {
    const schedule = { cron: '30 2 * * *', timeZone: 'Europe/Berlin', missed: 'skip' } as const;
    const { engine, clocks } = fleetEngine({ ...schedule, from: Date.parse(from) });
    let begun = 0;
    const run = async (): Promise<void> => void (begun += 1);
    await engine.start({ ...idle, run });
    try {
      await pass(clocks, 180_000);
      expect(begun).toBe(runs);
    } finally {
      await engine.stop();
    }
  });

  it('lets one process do a run or batch, watched by its heartbeat, and keeps what is given up', async () => {
    const { engine, schema } = fleetEngine({ ...never, heartbeatSeconds: 15, attempts: 4 });
    await engine.start(idle);
    await engine.stop();
    const { rows } = await postgres
      .pool()
      .query(`SELECT name, policy, heartbeat_seconds, retry_limit, dead_letter FROM ${schema}.queue ORDER BY name`);
    const own = rows.filter(({ name }: { name: string }) => name.startsWith('archival'));
    const watched = { policy: 'exclusive', heartbeat_seconds: 15, retry_limit: 3 };
    expect(own).toMatchObject([
      // A batch of several is halved instead: it gets its dead letter when it is one session.
      { name: 'archival-batch', ...watched, dead_letter: null },
      { name: 'archival-dead' },
      { name: 'archival-run', ...watched, dead_letter: 'archival-dead' },
    ]);
  });

  it('does batch after batch without waiting for its next look at the queue', async () => {
    const { engine, clocks } = fleetEngine({ ...never, batchesAtOnce: 1 });
    await engine.start(idle);
    try {
      const job = { runId: 'r', cutoff: new Date(start) };
      const ids = Array.from({ length: 20 }, (_, i) => `s${String(i)}`);
      const signal = new AbortController().signal;
      const all = Promise.all(ids.map((id) => engine.share({ ...job, sessionIds: [id] }, { signal })));
      // Only what asks for results goes by this clock; that of the queue stands still.
      expect(await drive(clocks.clock, all)).toEqual(ids.map(() => ({ outcomes: [] })));
    } finally {
      await engine.stop();
    }
  });

  it('gives up a session that brings processes down, lists it, and redrives it into a run that counts it', async () => {
    using world = new World();
    const ids = await world.addSessions(6);
    let poisoned = true;
    const source = poison(world.graph, () => poisoned, 's002');
    const { engine, clocks } = fleetEngine({ ...never, attempts: 2, clock: world.clock });
    const scheduler = world.scheduler({ source, engine }, { batchSize: 3, maxAttempts: 1, leaseMs: 5000 });
    const reports: RunReport[] = [];
    scheduler.on('runFinished', (report) => reports.push(report));
    await scheduler.start();
    try {
      await scheduler.trigger();
      while (reports.length < 1) await pass(clocks, 1000);
      expect(reports[0]?.stats).toMatchObject({ archivedCount: 5, failedCount: 1 });
      const reason = 'Error: The batch was given up after 2 attempts';
      expect(await scheduler.parked()).toMatchObject([{ sessionId: 's002', reason }]);
      const createdAt = expect.any(Date) as Date;
      const dead = { kind: 'batch', sessionIds: ['s002'], createdAt, retries: 1 };
      expect(await engine.deadLetters()).toEqual([dead]);

      poisoned = false;
      expect(await engine.redrive()).toBe(1);
      while (reports.length < 2) await pass(clocks, 1000);
      expect(reports[1]?.stats).toMatchObject({ archivedCount: 1, totalProcessed: 1 });
      expect(await engine.deadLetters()).toEqual([]);
      expect(await scheduler.parked()).toEqual([]);
      expect(reconcile(world, ids)).toEqual([]);
    } finally {
      await scheduler.stop();
    }
  });

  it('gives up a run that brings processes down, and redrives it', async () => {
    const { engine, clocks } = fleetEngine({ ...never, attempts: 3 });
    let begun = 0;
    const run = async (): Promise<void> => {
      begun += 1;
      if (begun <= 3) throw new Error('brings the process down');
    };
    await engine.start({ ...idle, run });
    try {
      await engine.trigger();
      let dead: readonly DeadJob[] = [];
      while (dead.length === 0) {
        await pass(clocks, 1000);
        dead = await engine.deadLetters();
      }
      expect(dead).toEqual([{ kind: 'run', sessionIds: [], createdAt: expect.any(Date) as Date, retries: 2 }]);
      expect(begun).toBe(3);
      expect(await engine.redrive()).toBe(1);
      while (begun < 4) await pass(clocks, 1000);
      expect(await engine.deadLetters()).toEqual([]);
      expect(await engine.redrive()).toBe(0);
    } finally {
      await engine.stop();
    }
  });

  it('tells no dead letters before it is started', async () => {
    const { engine } = fleetEngine(never);
    await expect(engine.deadLetters()).rejects.toThrow('The engine must be started');
    await expect(engine.redrive()).rejects.toThrow('The engine must be started');
  });

  it('fails at the start when leases outlast half a heartbeat', async () => {
    const engine = pgBossEngine({ connection: postgres.url, cron: '0 3 * * *', heartbeatSeconds: 10 });
    await expect(engine.start({ ...idle, leaseMs: 5001 })).rejects.toMatchObject({
      code: 'invalid_config',
      message: '`leaseMs` must be at most half of `heartbeatSeconds`, 5000, got 5001',
    });
  });
});

describe('construction of a fleet engine', () => {
  it.each([
    [{ heartbeatSeconds: 9 }, '`heartbeatSeconds` must be an integer between 10 and 30, got 9'],
    [{ heartbeatSeconds: 31 }, '`heartbeatSeconds`'],
    [{ cron: '@daily' }, '`cron` must have five fields, got "@daily"'],
    [{ cron: 'a b c d e' }, '`cron` must be a cron pattern, got "a b c d e"'],
    [{ timeZone: 'Mars/Olympus' }, '`timeZone` must be an IANA time zone, got "Mars/Olympus"'],
    [{ overlap: 'queue' }, '`overlap` must be one of skip, buffer-one, got queue'],
    [{ name: 'a b' }, '`name` must be'],
    [{ batchesAhead: 0 }, '`batchesAhead`'],
    [{ connection: 7 }, '`connection` must be'],
    [{ jitterMs: 3_600_001 }, '`jitterMs` must be an integer between 0 and 3600000, got 3600001'],
  ])('refuses %j', (options, message) => {
    expect(() => pgBossEngine({ connection: 'postgres://x', cron: '0 3 * * *', ...options } as never)).toThrow(message);
  });
});
