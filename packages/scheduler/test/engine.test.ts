import { TestClock } from '@llm-memory-graph/resilience/testing';
import { TestClock as PgBossClock } from 'pg-boss';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inProcess } from '../src/index.ts';
import { pgBossEngine } from '../src/pg-boss/index.ts';
import { engineContract } from '../src/testing/index.ts';
import { hasPostgres, postgresBinary, startPostgres, type TestPostgres } from '../../../postgres.shared.ts';

const start = Date.UTC(2030, 0, 1, 12, 58);

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

describe.skipIf(!hasPostgres)(`the engine of a fleet (needs ${postgresBinary})`, () => {
  let postgres: TestPostgres;
  let fleets = 0;

  beforeAll(async () => {
    postgres = await startPostgres();
  }, 60_000);

  afterAll(() => postgres.stop(), 60_000);

  it.each(engineContract)('$title', ({ check }) =>
    check((schedule) => {
      const clock = new PgBossClock(start);
      fleets += 1;
      const connection = { connectionString: postgres.url, schema: `fleet_${String(fleets)}`, clock };
      return {
        engine: pgBossEngine({ ...schedule, connection }),
        now: () => clock.now(),
        advance: async (ms) => {
          // In steps of a poll, and never without a turn of the event loop, in which handlers go on.
          for (let left = ms; left > 0; left -= 10_000) {
            await clock.tick(Math.min(left, 10_000));
            await new Promise((resolve) => setImmediate(resolve));
          }
        },
      };
    }),
  );

  it('fails at the start when leases outlast half a heartbeat', async () => {
    const engine = pgBossEngine({ connection: postgres.url, cron: '0 3 * * *', heartbeatSeconds: 10 });
    const work = { run: async () => {}, batch: async () => ({ outcomes: [] }), release: async () => {} };
    await expect(engine.start({ ...work, leaseMs: 5001, lastRun: undefined })).rejects.toMatchObject({
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
  ])('refuses %j', (options, message) => {
    expect(() => pgBossEngine({ connection: 'postgres://x', cron: '0 3 * * *', ...options } as never)).toThrow(message);
  });
});
