import type { Awaitable } from '../ports/call.ts';
import type { Engine, EngineWork } from '../ports/engine.ts';
import type { Missed, Overlap } from '../engine/overlap.ts';
import { expectEqual } from './expect-equal.ts';

/** The schedule of an engine under test: five fields of cron. */
export interface EngineSchedule {
  readonly cron: string;
  /** @default 'UTC' */
  readonly timeZone?: string;
  readonly overlap?: Overlap;
  readonly missed?: Missed;
  /** Milliseconds. */
  readonly jitterMs?: number;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

/** An engine, and the clock that it goes by. */
export interface EngineUnderTest {
  readonly engine: Engine;
  /** The wall clock, in milliseconds since the epoch. */
  now(): number;
  /** Lets `ms` milliseconds pass, and everything happen that they bring about. */
  advance(ms: number): Awaitable<void>;
}

/** One rule of the contract. `check` throws when an engine breaks it. */
export interface EngineRule {
  readonly title: string;
  readonly check: (make: (schedule: EngineSchedule) => Awaitable<EngineUnderTest>) => Promise<void>;
}

const minute = 60_000;
const every2 = { cron: '*/2 * * * *' };
const hourly = { cron: '0 * * * *' };
/** Once a year. */
const never = { cron: '0 0 1 1 *' };

/** Work that takes as long as the test wants. */
class Runs implements EngineWork {
  readonly leaseMs = 5_000;
  lastRun: EngineWork['lastRun'];
  begun = 0;
  hold = false;
  readonly #ends: (() => void)[] = [];

  async run(): Promise<void> {
    this.begun += 1;
    if (this.hold) await new Promise<void>((resolve) => this.#ends.push(resolve));
  }

  async batch(): Promise<never> {
    return Promise.reject(new Error('no batch was given away'));
  }

  async release(): Promise<void> {
    return Promise.resolve();
  }

  end(): void {
    this.hold = false;
    for (const end of this.#ends.splice(0)) end();
  }
}

/** Lets time pass until `condition` holds. */
async function until(subject: EngineUnderTest, condition: () => boolean): Promise<void> {
  for (let steps = 0; !condition(); steps += 1) {
    if (steps === 300) throw new Error('it did not happen within five minutes');
    await subject.advance(1000);
  }
}

/** Lets time pass up to half a minute before the next even minute. */
async function beforeItIsDue(subject: EngineUnderTest): Promise<void> {
  const period = 2 * minute;
  await subject.advance(period - ((subject.now() + minute / 2) % period));
}

async function using(
  subject: EngineUnderTest,
  work: Runs,
  check: (subject: EngineUnderTest) => Promise<void>,
): Promise<void> {
  try {
    await subject.engine.start(work);
    await check(subject);
  } finally {
    work.end();
    await subject.engine.stop();
  }
}

/** What every `Engine` must do. Each rule makes engines of its own, each of them alone in its fleet. */
export const engineContract: readonly EngineRule[] = [
  {
    title: 'starts a run whenever one falls due, and none before',
    check: async (make) => {
      const work = new Runs();
      await using(await make(every2), work, async (subject) => {
        await beforeItIsDue(subject);
        const { begun } = work;
        await until(subject, () => work.begun === begun + 1);
        await subject.advance(minute);
        expectEqual(work.begun, begun + 1);
        await until(subject, () => work.begun === begun + 2);
      });
    },
  },
  {
    title: 'time zone: falls due by the wall time there',
    check: async (make) => {
      const work = new Runs();
      // Half past in India is the full hour in UTC.
      const subject = await make({ cron: '30 * * * *', timeZone: 'Asia/Kolkata' });
      await using(subject, work, async () => {
        const hour = 60 * minute;
        await subject.advance(hour - ((subject.now() + minute) % hour));
        expectEqual(work.begun, 0);
        await until(subject, () => work.begun === 1);
      });
    },
  },
  {
    title: 'jitter: a scheduled run starts later by a share of it, one that is triggered starts at once',
    check: async (make) => {
      const work = new Runs();
      const subject = await make({ ...hourly, jitterMs: 4 * minute, random: () => 0.5 });
      await using(subject, work, async () => {
        await subject.advance(60 * minute - (subject.now() % (60 * minute)));
        await subject.advance(1.5 * minute);
        expectEqual(work.begun, 0);
        await until(subject, () => work.begun === 1);
        // The end of a run is written down after it, and until then another is an overlap.
        await subject.advance(minute / 2);
        await subject.engine.trigger();
        await until(subject, () => work.begun === 2);
      });
    },
  },
  {
    title: 'overlap `skip`: what falls due or is triggered during a run falls out',
    check: async (make) => {
      const work = new Runs();
      // The end of the run must not be that of the schedule as well.
      const subject = await make({ ...hourly, overlap: 'skip' });
      await using(subject, work, async () => {
        const hour = 60 * minute;
        await subject.advance(hour - ((subject.now() + minute) % hour));
        work.hold = true;
        await subject.engine.trigger();
        await until(subject, () => work.begun === 1);
        await subject.engine.trigger();
        await subject.advance(150_000);
        work.end();
        await subject.advance(minute / 2);
        expectEqual(work.begun, 1);
      });
    },
  },
  {
    title: 'overlap `buffer-one`: one run follows, however many fell due',
    check: async (make) => {
      const work = new Runs();
      await using(await make({ ...never, overlap: 'buffer-one' }), work, async (subject) => {
        work.hold = true;
        await subject.engine.trigger();
        await until(subject, () => work.begun === 1);
        for (let i = 0; i < 3; i += 1) await subject.engine.trigger();
        await subject.advance(5_000);
        work.end();
        await until(subject, () => work.begun === 2);
        await subject.advance(minute);
        expectEqual(work.begun, 2);
      });
    },
  },
  {
    title: 'pauses: nothing starts until it is resumed, and then what was triggered meanwhile, once',
    check: async (make) => {
      const work = new Runs();
      await using(await make(never), work, async (subject) => {
        await subject.engine.pause();
        for (let i = 0; i < 2; i += 1) await subject.engine.trigger();
        await subject.advance(minute);
        expectEqual(work.begun, 0);
        await subject.engine.resume();
        await until(subject, () => work.begun === 1);
        await subject.advance(minute);
        expectEqual(work.begun, 1);
      });
    },
  },
  {
    title: 'takes up an unfinished run as soon as it starts',
    check: async (make) => {
      const work = new Runs();
      const subject = await make({ ...never, missed: 'skip' });
      work.lastRun = { startedAt: new Date(subject.now() - minute), finished: false };
      await using(subject, work, async () => {
        await until(subject, () => work.begun === 1);
      });
    },
  },
  {
    title: 'starts no run of its own accord when there is nothing to make up for',
    check: async (make) => {
      const work = new Runs();
      const subject = await make({ ...never, missed: 'once' });
      work.lastRun = { startedAt: new Date(subject.now() - minute), finished: true };
      await using(subject, work, async () => {
        await subject.advance(minute);
        expectEqual(work.begun, 0);
      });
    },
  },
  ...(['once', 'skip'] as const).map((missed): EngineRule => ({
    title: `missed \`${missed}\`: what fell due while nobody was there is ${missed === 'once' ? 'made up for by one run' : 'let go'}`,
    check: async (make) => {
      const work = new Runs();
      const subject = await make({ ...hourly, missed });
      await subject.engine.start(work);
      await subject.engine.trigger();
      await until(subject, () => work.begun === 1);
      work.lastRun = { startedAt: new Date(subject.now()), finished: true };
      await subject.engine.stop();
      await subject.advance(185 * minute);
      await using(subject, work, async () => {
        await subject.advance(3 * minute);
        expectEqual(work.begun, missed === 'once' ? 2 : 1);
      });
    },
  })),
  {
    title: 'S6: stops: waits for the run under way, and starts none any more',
    check: async (make) => {
      const work = new Runs();
      const subject = await make(every2);
      await subject.engine.start(work);
      work.hold = true;
      await subject.engine.trigger();
      await until(subject, () => work.begun === 1);
      let stopped = false;
      const stopping = Promise.resolve(subject.engine.stop()).then(() => (stopped = true));
      await subject.advance(5_000);
      expectEqual(stopped, false);
      work.end();
      await stopping;
      await subject.engine.trigger();
      await subject.advance(11 * minute);
      expectEqual(work.begun, 1);
    },
  },
  {
    title: 'can be started again after a stop',
    check: async (make) => {
      const work = new Runs();
      const subject = await make(never);
      await subject.engine.start(work);
      await subject.engine.stop();
      await using(subject, work, async () => {
        await subject.engine.trigger();
        await until(subject, () => work.begun === 1);
      });
    },
  },
];
