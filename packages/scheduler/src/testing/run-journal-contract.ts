import type { Awaitable } from '../ports/call.ts';
import type { Checkpoint, JournalRun, RunJournal, SessionFailure } from '../ports/run-journal.ts';
import { isSchedulerError } from '../scheduler-error.ts';
import { expectEqual } from './expect-equal.ts';

/** An empty journal, and a way to let its leases grow older. */
export interface RunJournalUnderTest {
  readonly journal: RunJournal;
  /** Lets `ms` milliseconds pass for leases. */
  advance(ms: number): Awaitable<void>;
}

/** One rule of the contract. `check` throws when a journal breaks it. */
export interface RunJournalRule {
  readonly title: string;
  readonly check: (subject: RunJournalUnderTest) => Promise<void>;
}

const ttl = { ttlMs: 60_000 };
const cutoff = new Date(1000);
const startedAt = new Date(2000);
const cursor = { updatedAt: new Date(5), id: 's1' };
const nothing: Checkpoint = { results: [], cursor: undefined, failures: [], cleared: [] };
const failure: SessionFailure = {
  sessionId: 's9',
  version: 3,
  attempts: 1,
  reason: 'Error: no',
  parked: false,
  failedAt: new Date(7),
};

const opening = (owner: string, runId: string) => ({ owner, runId, startedAt, cutoff, ...ttl });

async function expectLost(write: () => Awaitable<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (isSchedulerError(error) && error.code === 'run_lost') return;
    throw error;
  }
  throw new Error('expected a rejection with `run_lost`');
}

async function completed(journal: RunJournal, run: JournalRun): Promise<JournalRun> {
  return journal.close(run, { outcome: 'completed', at: new Date(9) }, {});
}

/**
 * What every `RunJournal` must do. Run each rule against a fresh, empty journal.
 *
 * @example
 * ```ts
 * it.each(runJournalContract)('$title', async ({ check }) => check(await emptyJournal()));
 * ```
 */
export const runJournalContract: readonly RunJournalRule[] = [
  {
    title: 'resumes a run of the same owner where it was left',
    check: async ({ journal }) => {
      const { run, resumed } = await journal.open(opening('a', 'r1'));
      expectEqual(
        [resumed, run.epoch, run.startedAt, run.cutoff, run.counts],
        [false, 1, startedAt, cutoff, { archived: 0, failed: 0, skipped: 0 }],
      );
      await journal.begin(run, ['s1', 's2', 's3', 's2'], ttl);
      await journal.begin(run, ['s2'], ttl);
      const after = await journal.checkpoint(
        run,
        {
          ...nothing,
          results: [
            { sessionId: 's1', result: 'archived' },
            { sessionId: 's3', result: 'skipped' },
          ],
          cursor,
        },
        ttl,
      );
      expectEqual([after.cursor, after.counts], [cursor, { archived: 1, failed: 0, skipped: 1 }]);
      const again = await journal.open(opening('a', 'r2'));
      expectEqual([again.resumed, again.unsettled], [true, ['s2']]);
      const { runId, epoch, counts } = again.run;
      expectEqual([runId, epoch, counts], ['r1', 2, { archived: 1, failed: 0, skipped: 1 }]);
    },
  },
  {
    title: 'shuts the earlier holder of a run out',
    check: async ({ journal }) => {
      const { run } = await journal.open(opening('a', 'r1'));
      const { run: mine } = await journal.open(opening('a', 'r2'));
      await expectLost(() => journal.begin(run, ['s4'], ttl));
      await expectLost(() => journal.checkpoint(run, { ...nothing, failures: [failure], cursor }, ttl));
      await expectLost(() => journal.close(run, { outcome: 'completed', at: new Date(9) }, {}));
      expectEqual([await journal.failuresOf(['s9'], {}), (await journal.runs({ limit: 1 }))[0]], [[], mine]);
    },
  },
  {
    title: 'never moves a cursor back to nothing',
    check: async ({ journal }) => {
      const { run } = await journal.open(opening('a', 'r1'));
      await journal.checkpoint(run, { ...nothing, cursor }, ttl);
      expectEqual((await journal.checkpoint(run, nothing, ttl)).cursor, cursor);
    },
  },
  {
    title: 'S3: gives a run to another owner only once its lease ran out',
    check: async (subject) => {
      const { journal } = subject;
      const { run } = await journal.open(opening('a', 'r1'));
      await subject.advance(40_000);
      await journal.begin(run, [], ttl);
      await subject.advance(40_000);
      const other = await journal.open(opening('b', 'r2'));
      expectEqual([other.resumed, other.run.runId], [false, 'r2']);
      await completed(journal, other.run);
      await subject.advance(20_001);
      const taken = await journal.open(opening('b', 'r3'));
      expectEqual([taken.resumed, taken.run.runId, taken.run.owner], [true, 'r1', 'b']);
    },
  },
  {
    title: 'gives a run that was left to anybody at once, a completed one to nobody',
    check: async ({ journal }) => {
      for (const [i, outcome] of (['stopped', 'unavailable'] as const).entries()) {
        const { run } = await journal.open(opening('a', 'r1'));
        await journal.close(run, { outcome, at: new Date(9) }, {});
        const { run: taken, resumed } = await journal.open(opening(`b${i}`, 'r2'));
        expectEqual([resumed, taken.runId], [true, 'r1']);
        await journal.close(taken, { outcome, at: new Date(9) }, {});
      }
      const { run } = await journal.open(opening('c', 'r2'));
      await completed(journal, run);
      expectEqual((await journal.open(opening('c', 'r3'))).resumed, false);
    },
  },
  {
    title: 'S3: lets exactly one of many take a run over',
    check: async (subject) => {
      const { journal } = subject;
      await journal.open(opening('dead', 'r0'));
      await subject.advance(60_001);
      const opened = await Promise.all(
        Array.from({ length: 8 }, async (_, i) => journal.open(opening(`o${i}`, `r${i + 1}`))),
      );
      expectEqual(opened.filter(({ resumed }) => resumed).length, 1);
      expectEqual(new Set(opened.map(({ run }) => run.runId)).size, 8);
    },
  },
  {
    title: 'lists runs, newest first, completed ones with their end',
    check: async ({ journal }) => {
      for (const id of ['r1', 'r2', 'r3']) await completed(journal, (await journal.open(opening('a', id))).run);
      const [newest, next, ...more] = await journal.runs({ limit: 2 });
      expectEqual([newest?.runId, newest?.outcome, newest?.finishedAt], ['r3', 'completed', new Date(9)]);
      expectEqual([next?.runId, more], ['r2', []]);
    },
  },
  {
    title: 'S5: keeps failures until they are cleared, parked ones until they are released',
    check: async ({ journal }) => {
      const { run } = await journal.open(opening('a', 'r1'));
      const parked = { ...failure, sessionId: 's8', parked: true };
      await journal.checkpoint(run, { ...nothing, failures: [failure, parked] }, ttl);
      await journal.checkpoint(run, { ...nothing, failures: [{ ...failure, attempts: 2 }] }, ttl);
      expectEqual(await journal.failuresOf(['s9', 's8', 's7'], {}), [{ ...failure, attempts: 2 }, parked]);
      expectEqual(await journal.parked({ limit: 5 }), [parked]);
      expectEqual(await journal.parked({ limit: 5, after: 's8' }), []);
      expectEqual(await journal.unpark(['s8', 's9'], {}), 1);
      await journal.checkpoint(run, { ...nothing, cleared: ['s9'] }, ttl);
      expectEqual(await journal.failuresOf(['s9', 's8'], {}), []);
    },
  },
  {
    title: 'lists parked sessions by id, page by page, whatever is in them',
    check: async ({ journal }) => {
      const ids = ['"', "'; --", 'A', 'a', 'b', 'ключ', '🙂'];
      const { run } = await journal.open(opening('a', 'r1'));
      const failures = ids.map((sessionId) => ({ ...failure, sessionId, parked: true }));
      await journal.checkpoint(run, { ...nothing, failures: failures.toReversed() }, ttl);
      const found: string[] = [];
      for (let after = ''; ;) {
        const page = await journal.parked({ limit: 3, after });
        const last = page.at(-1);
        if (last === undefined) break;
        found.push(...page.map(({ sessionId }) => sessionId));
        after = last.sessionId;
      }
      expectEqual(found, ids);
    },
  },
];
