import { complianceLevel, retentionDaysOf, type ComplianceLevel } from '@llm-memory-graph/contracts';
import * as z from 'zod/mini';
import { SchedulerError } from './scheduler-error.ts';

/** What users write; every key may be absent. */
export interface SchedulerConfig {
  /** Hours from the start of one run to the start of the next, above 0 up to 8760. @default 24 */
  readonly intervalHours?: number;
  /** Sessions not touched for this many days are archived; 0 archives all. @default 30 */
  readonly archiveAfterDays?: number;
  /** Days that the vault keeps an archive, 1 to 36500. @default the preset of `defaultComplianceLevel`: 365 for standard */
  readonly retentionDays?: number;
  /** Sessions per batch, 1 to 10000. @default 100 */
  readonly batchSize?: number;
  /** @default 'standard' */
  readonly defaultComplianceLevel?: ComplianceLevel;
  /** Keys of a session's metadata that the vault may see and list by; all else is sealed. @default [] */
  readonly metadataKeys?: readonly string[];
  /** `false` turns `start()` into a no-op; runs by hand still work. @default true */
  readonly enabled?: boolean;
  /** Bytes of session documents in memory at a time; one larger session still passes, alone. @default 67108864 */
  readonly maxBytesInFlight?: number;
  /**
   * Batches of a run under way at a time in this process, 1 to 64. With more than one, documents are read and sealed
   * while earlier ones are on their way. An engine that shares batches has its own number.
   * @default 1
   */
  readonly batchesAtOnce?: number;
  /** Sessions begun per second, in bursts of as many, 1 to 1000000. @default no limit */
  readonly sessionsPerSecond?: number;
  /** Sessions marked at a time (registry and source calls), 1 to 256. @default 8 */
  readonly concurrency?: number;
  /** How long a claimed session stays ours without a sign of life, in milliseconds, at least 1000. @default 60000 */
  readonly leaseMs?: number;
  /** Failed attempts after which a session is parked, over all runs, 1 to 100. @default 3 */
  readonly maxAttempts?: number;
  /** Wait before the second attempt, in milliseconds; doubles with each further one, with jitter. @default 1000 */
  readonly retryDelayMs?: number;
  /** Longest wait between attempts, in milliseconds. @default 60000 */
  readonly maxRetryDelayMs?: number;
  /** Calls to a service that fail in a row before the run ends as `unavailable`, 1 to 1000. @default 10 */
  readonly outageAfter?: number;
  /**
   * Whether a session is marked only after its whole archive was fetched and checked (`verify` of the vault) instead of
   * the digest that the vault tells. Notices a vault that acknowledges bytes and keeps others; costs a download of
   * everything.
   * @default false
   */
  readonly verifyContent?: boolean;
  /**
   * Days after a session was archived that it is removed from the source, 0 to 36500, once the vault has shown that it
   * still holds the whole of it. Needs `prunable` and `prune` of the source and `verify` of the vault.
   * @default nothing is removed
   */
  readonly pruneAfterDays?: number;
  /** How far wall clocks may disagree or jump before the earlier one counts, in milliseconds. @default 3600000 */
  readonly maxClockSkewMs?: number;
}

/** What the scheduler runs on. */
export type SchedulerSettings = Required<Omit<SchedulerConfig, 'sessionsPerSecond' | 'pruneAfterDays'>> & {
  readonly sessionsPerSecond?: number | undefined;
  readonly pruneAfterDays?: number | undefined;
};

function number(min: number, max: number): z.ZodMiniNumber {
  const error = `must be a number between ${min} and ${max}`;
  return z.number({ error }).check(z.gte(min, { error }), z.lte(max, { error }));
}

function integer(min: number, max: number): z.ZodMiniNumber {
  const error = `must be an integer between ${min} and ${max}`;
  return z.number({ error }).check(z.int({ error }), z.gte(min, { error }), z.lte(max, { error }));
}

const config = z.strictObject({
  intervalHours: z._default(number(1 / 3600, 8760), 24),
  archiveAfterDays: z._default(number(0, 36_500), 30),
  retentionDays: z.optional(integer(1, 36_500)),
  batchSize: z._default(integer(1, 10_000), 100),
  defaultComplianceLevel: z._default(complianceLevel, 'standard'),
  metadataKeys: z._default(z.array(z.string(), { error: 'must be a list of keys' }), () => []),
  enabled: z._default(z.boolean({ error: 'must be true or false' }), true),
  maxBytesInFlight: z._default(integer(1, Number.MAX_SAFE_INTEGER), 64 * 1024 * 1024),
  batchesAtOnce: z._default(integer(1, 64), 1),
  sessionsPerSecond: z.optional(integer(1, 1_000_000)),
  concurrency: z._default(integer(1, 256), 8),
  leaseMs: z._default(integer(1000, 86_400_000), 60_000),
  maxAttempts: z._default(integer(1, 100), 3),
  retryDelayMs: z._default(integer(0, 86_400_000), 1000),
  maxRetryDelayMs: z._default(integer(0, 86_400_000), 60_000),
  outageAfter: z._default(integer(1, 1000), 10),
  verifyContent: z._default(z.boolean({ error: 'must be true or false' }), false),
  pruneAfterDays: z.optional(number(0, 36_500)),
  maxClockSkewMs: z._default(integer(0, Number.MAX_SAFE_INTEGER), 3_600_000),
});

/** What is said of options that there are not. */
export function noSuchOption(names: readonly string[]): string {
  return `${names.map((name) => `\`${name}\``).join(', ')}: no such option`;
}

function describe(value: unknown): string {
  if (value === undefined || typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : typeof value;
}

/** Checks a configuration and fills its defaults. @throws {SchedulerError} `invalid_config` */
export function settingsOf(input: SchedulerConfig): SchedulerSettings {
  const checked = z.safeParse(config, input);
  if (checked.success) {
    const level = checked.data.defaultComplianceLevel;
    return { ...checked.data, retentionDays: checked.data.retentionDays ?? retentionDaysOf[level] };
  }
  const messages = checked.error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') return noSuchOption(issue.keys);
    const key = String(issue.path[0] ?? 'config');
    const rule =
      key === 'defaultComplianceLevel' ? `must be one of ${complianceLevel.options.join(', ')}` : issue.message;
    return `\`${key}\` ${rule}, got ${describe((input as Record<string, unknown>)[key])}`;
  });
  throw new SchedulerError('invalid_config', [...new Set(messages)].join('; '));
}
