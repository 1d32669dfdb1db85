import { TestClock } from '@llm-memory-graph/resilience/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InMemoryRunJournal } from '../src/index.ts';
import { SqliteRunJournal } from '../src/node/index.ts';
import { postgresRunJournal } from '../src/postgres/index.ts';
import { runJournalContract } from '../src/testing/index.ts';
import { hasPostgres, postgresBinary, startPostgres, type TestPostgres } from '../../../postgres.shared.ts';

const ttl = { ttlMs: 60_000 };

describe('the run journal in memory', () => {
  it.each(runJournalContract)('$title', ({ check }) => {
    const clock = new TestClock();
    return check({ journal: new InMemoryRunJournal(clock), advance: (ms) => clock.advance(ms) });
  });
});

describe('the run journal in SQLite', () => {
  it.each(runJournalContract)('$title', async ({ check }) => {
    const clock = new TestClock();
    using journal = new SqliteRunJournal({ path: ':memory:', clock });
    await check({ journal, advance: (ms) => clock.advance(ms) });
  });
});

describe.skipIf(!hasPostgres)(`the run journal in PostgreSQL (needs ${postgresBinary})`, () => {
  let postgres: TestPostgres;
  let pool: ReturnType<TestPostgres['pool']>;

  beforeAll(async () => {
    postgres = await startPostgres();
    pool = postgres.pool();
    // Processes that start at the same time migrate at the same time.
    await Promise.all(Array.from({ length: 4 }, () => postgresRunJournal(pool).migrate()));
  }, 60_000);

  afterAll(() => postgres.stop(), 60_000);

  beforeEach(() => pool.query('TRUNCATE archival_run, archival_run_unsettled, archival_run_failure'));

  it.each(runJournalContract)('$title', ({ check }) =>
    check({
      journal: postgresRunJournal(pool),
      advance: async (ms) => {
        // Leases run by the clock of the database, so they are made older instead.
        const older = "leased_until - $1 * interval '1 millisecond'";
        await pool.query(`UPDATE archival_run SET leased_until = ${older}`, [ms]);
      },
    }),
  );

  it('survives a migration, and keeps journals of different prefixes apart', async () => {
    const other = postgresRunJournal(pool, { prefix: 'other_' });
    await other.migrate();
    const opening = { owner: 'a', startedAt: new Date(0), cutoff: new Date(0), ...ttl };
    await postgresRunJournal(pool).open({ ...opening, runId: 'r1' });
    await postgresRunJournal(pool).migrate();
    expect(await other.runs({ limit: 1 })).toEqual([]);
    expect(await postgresRunJournal(pool).runs({ limit: 1 })).toMatchObject([{ runId: 'r1' }]);
  });

  it('refuses a prefix that is no name', () => {
    expect(() => postgresRunJournal(pool, { prefix: 'x; DROP' })).toThrow('`prefix` must be of a-z, 0-9 and _');
  });
});

describe('the journal file', () => {
  it('survives a restart, and refuses a file of another program', () => {
    const directory = mkdtempSync(join(tmpdir(), 'scheduler-'));
    try {
      const path = join(directory, 'runs.sqlite');
      const clock = new TestClock();
      const opening = { owner: 'a', startedAt: new Date(0), cutoff: new Date(0), ...ttl };
      {
        using journal = new SqliteRunJournal({ path, clock });
        journal.begin(journal.open({ ...opening, runId: 'r1' }).run, ['s1'], ttl);
      }
      {
        using journal = new SqliteRunJournal({ path, clock });
        expect(journal.open({ ...opening, runId: 'r2' })).toMatchObject({ resumed: true, unsettled: ['s1'] });
      }
      const foreign = join(directory, 'other.sqlite');
      const db = new DatabaseSync(foreign);
      db.exec('CREATE TABLE t (x)');
      db.close();
      expect(() => new SqliteRunJournal({ path: foreign })).toThrow('`path` must be a run journal');
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('S4: a run leased under a clock 90 days ahead is free after two leases', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'scheduler-'));
    try {
      const path = join(directory, 'runs.sqlite');
      const clock = new TestClock();
      using ahead = new SqliteRunJournal({ path, clock: { now: () => clock.now() + 90 * 86_400_000 } });
      using right = new SqliteRunJournal({ path, clock });
      const opening = { startedAt: new Date(0), cutoff: new Date(0), ...ttl };
      ahead.open({ ...opening, owner: 'a', runId: 'r1' });
      const first = right.open({ ...opening, owner: 'b', runId: 'r2' });
      expect(first.resumed).toBe(false);
      right.close(first.run, { outcome: 'completed', at: new Date(0) });
      await clock.advance(120_000);
      expect(right.open({ ...opening, owner: 'b', runId: 'r3' })).toMatchObject({ run: { runId: 'r1' } });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
