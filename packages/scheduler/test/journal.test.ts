import { TestClock } from '@llm-memory-graph/resilience/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InMemoryRunJournal, type RunJournal, type SessionFailure } from '../src/index.ts';
import { SqliteRunJournal } from '../src/node/index.ts';

const ttl = { ttlMs: 60_000 };
const adapters: Record<string, (clock: TestClock) => RunJournal> = {
  'in memory': (clock) => new InMemoryRunJournal(clock),
  SQLite: (clock) => new SqliteRunJournal({ path: ':memory:', clock }),
};

describe.each(Object.keys(adapters))('the run journal %s', (name) => {
  const clock = new TestClock();
  const make = (): RunJournal => adapters[name]!(clock);
  const opening = (owner: string, runId: string) => ({
    owner,
    runId,
    startedAt: new Date(clock.now()),
    cutoff: new Date(1000),
    ...ttl,
  });
  const cursor = { updatedAt: new Date(5), id: 's1' };
  const failure: SessionFailure = {
    sessionId: 's9',
    version: 3,
    attempts: 1,
    reason: 'Error: no',
    parked: false,
    failedAt: new Date(7),
  };

  it('resumes a run of the same owner where it was left, and shuts the earlier holder out', async () => {
    const journal = make();
    const { run, resumed } = await journal.open(opening('a', 'r1'));
    expect(resumed).toBe(false);
    await journal.begin(run, ['s1', 's2', 's3'], ttl);
    const after = await journal.checkpoint(
      run,
      {
        results: [
          { sessionId: 's1', result: 'archived' },
          { sessionId: 's3', result: 'skipped' },
        ],
        cursor,
        failures: [failure],
        cleared: [],
      },
      ttl,
    );
    expect(after).toMatchObject({ cursor, counts: { archived: 1, failed: 0, skipped: 1 } });

    const again = await journal.open(opening('a', 'r2'));
    expect(again).toMatchObject({ resumed: true, unsettled: ['s2'] });
    expect(again.run).toMatchObject({ runId: 'r1', epoch: 2, cursor, cutoff: new Date(1000), counts: { archived: 1 } });
    const nothing = { results: [], cursor: undefined, failures: [], cleared: [] };
    for (const write of [
      async () => journal.begin(run, ['s4'], ttl),
      async () => journal.checkpoint(run, nothing, ttl),
      async () => journal.close(run, { outcome: 'completed', at: new Date() }, {}),
    ]) {
      await expect(write()).rejects.toMatchObject({ code: 'run_lost' });
    }
    expect((await journal.checkpoint(again.run, nothing, ttl)).cursor).toEqual(cursor);
  });

  it('gives a run to another owner only once its lease ran out, or it was left', async () => {
    const journal = make();
    const { run } = await journal.open(opening('a', 'r1'));
    await clock.advance(40_000);
    await journal.begin(run, [], ttl);
    await clock.advance(40_000);
    const other = await journal.open(opening('b', 'r2'));
    expect(other).toMatchObject({ resumed: false, run: { runId: 'r2' } });
    await journal.close(other.run, { outcome: 'completed', at: new Date(1) }, {});
    await clock.advance(20_000);
    expect(await journal.open(opening('b', 'r3'))).toMatchObject({ resumed: true, run: { runId: 'r1', owner: 'b' } });

    const mine = (await journal.runs({ limit: 5 })).find(({ runId }) => runId === 'r1')!;
    await journal.close(mine, { outcome: 'stopped', at: new Date(1) }, {});
    expect(await journal.open(opening('c', 'r4'))).toMatchObject({ resumed: true, run: { runId: 'r1', owner: 'c' } });
  });

  it('lists runs, newest first, completed ones with their end', async () => {
    const journal = make();
    for (const id of ['r1', 'r2', 'r3']) {
      const { run } = await journal.open(opening('a', id));
      await journal.close(run, { outcome: 'completed', at: new Date(9) }, {});
    }
    expect(await journal.runs({ limit: 2 })).toMatchObject([
      { runId: 'r3', outcome: 'completed', finishedAt: new Date(9) },
      { runId: 'r2' },
    ]);
  });

  it('keeps failures until they are cleared, parked ones until they are released', async () => {
    const journal = make();
    const { run } = await journal.open(opening('a', 'r1'));
    const parked = { ...failure, sessionId: 's8', parked: true };
    const base = { results: [], cursor: undefined, cleared: [] };
    await journal.checkpoint(run, { ...base, failures: [failure, parked] }, ttl);
    await journal.checkpoint(run, { ...base, failures: [{ ...failure, attempts: 2 }] }, ttl);
    expect(await journal.failuresOf(['s9', 's8', 's7'], {})).toEqual([{ ...failure, attempts: 2 }, parked]);
    expect(await journal.parked({ limit: 5 })).toEqual([parked]);
    expect(await journal.parked({ limit: 5, after: 's8' })).toEqual([]);
    expect(await journal.unpark(['s8', 's9'], {})).toBe(1);
    await journal.checkpoint(run, { ...base, failures: [], cleared: ['s9'] }, ttl);
    expect(await journal.failuresOf(['s9', 's8'], {})).toEqual([]);
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
