import { systemClock, type Clock } from '@llm-memory-graph/resilience';
import type { Missed, Overlap } from '../engine/overlap.ts';
import { cronTimetable } from '../engine/timetable.ts';
import { integer } from '../integer-option.ts';
import { SchedulerError } from '../scheduler-error.ts';

/** How pg-boss reaches PostgreSQL: its own options, such as `connectionString`, `host`, `ssl`, `max` and `schema`. */
export type PgBossConnection = Readonly<Record<string, unknown>>;

/** Options of `pgBossEngine`. */
export interface PgBossEngineOptions {
  /** A connection string, or options of pg-boss. */
  readonly connection: string | PgBossConnection;
  /** A cron pattern of five fields. */
  readonly cron: string;
  /** IANA time zone of `cron`. @default 'UTC' */
  readonly timeZone?: string;
  /** Each scheduled run starts a random time up to this later, in milliseconds, at most an hour. @default 0 */
  readonly jitterMs?: number;
  /** The same in all processes of the fleet. @default 'skip' */
  readonly overlap?: Overlap;
  /** With `once`, runs that fell due while no process was there are made up for by one. @default 'once' */
  readonly missed?: Missed;
  /** Names the queues; processes with the same name are one fleet. Letters, digits and `-`. @default 'archival' */
  readonly name?: string;
  /**
   * Seconds without a sign of life after which the work of a process is given to another, 10 to 30. The fleet is
   * looked over every half of it. At least twice the scheduler's `leaseMs`, so that what is given on can be claimed.
   * @default 30
   */
  readonly heartbeatSeconds?: number;
  /** Batches of one run on their way at a time, 1 to 1000; two per process or more keep the fleet busy. @default 16 */
  readonly batchesAhead?: number;
  /** Batches that this process does at a time, 1 to 64. @default 2 */
  readonly batchesAtOnce?: number;
  /** Processes that may die over a run or a batch before it is given up as dead, 1 to 100. @default 5 */
  readonly attempts?: number;
  /** How often a run asks what became of the batches that it gave away, in milliseconds, 10 to 60000. @default 250 */
  readonly pollMs?: number;
  /** Told of errors of pg-boss, which goes on by itself. @default nobody */
  readonly onError?: (error: Error) => void;
  /** Measures jitter and polls. @default the system's */
  readonly clock?: Clock;
  /** Uniform in [0, 1); spreads the jitter. @default Math.random */
  readonly random?: () => number;
}

/** What the engine runs on. */
export interface PgBossSettings extends Required<Omit<PgBossEngineOptions, 'connection'>> {
  readonly connection: PgBossConnection;
  readonly superviseSeconds: number;
}

function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new SchedulerError('invalid_config', `\`${name}\` must be one of ${allowed.join(', ')}, got ${value}`);
}

/** @throws {SchedulerError} `invalid_config`, naming option and value; never the connection */
export function settingsOf(options: PgBossEngineOptions): PgBossSettings {
  const { connection, cron, timeZone = 'UTC', name = 'archival', heartbeatSeconds = 30 } = options;
  if (typeof connection !== 'string' && typeof connection !== 'object') {
    throw new SchedulerError('invalid_config', '`connection` must be a connection string or options of pg-boss');
  }
  if (!/^[A-Za-z][A-Za-z0-9-]{0,39}$/.test(name)) {
    throw new SchedulerError('invalid_config', '`name` must be 1 to 40 letters, digits and hyphens, a letter first');
  }
  // pg-boss takes five fields or a recurrence rule; ours are cron everywhere.
  if (cron.trim().split(/\s+/).length !== 5) {
    throw new SchedulerError('invalid_config', `\`cron\` must have five fields, got ${JSON.stringify(cron)}`);
  }
  cronTimetable(cron, timeZone);
  return {
    connection: typeof connection === 'string' ? { connectionString: connection } : connection,
    cron,
    timeZone,
    name,
    jitterMs: integer('jitterMs', options.jitterMs ?? 0, 0, 3_600_000),
    overlap: oneOf('overlap', options.overlap ?? 'skip', ['skip', 'buffer-one']),
    missed: oneOf('missed', options.missed ?? 'once', ['skip', 'once']),
    heartbeatSeconds: integer('heartbeatSeconds', heartbeatSeconds, 10, 30),
    superviseSeconds: Math.floor(heartbeatSeconds / 2),
    batchesAhead: integer('batchesAhead', options.batchesAhead ?? 16, 1, 1000),
    batchesAtOnce: integer('batchesAtOnce', options.batchesAtOnce ?? 2, 1, 64),
    attempts: integer('attempts', options.attempts ?? 5, 1, 100),
    pollMs: integer('pollMs', options.pollMs ?? 250, 10, 60_000),
    onError: options.onError ?? (() => undefined),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}
