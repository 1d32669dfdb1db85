import { callback, checkOptions, having, integerFrom, milliseconds, optionsOf } from '@llm-memory-graph/http';
import { systemClock, type Clock, type Random } from '@llm-memory-graph/resilience';
import type { UsageRefusal } from './deliver-batch.ts';
import type { UsageSpool } from './usage-spool.ts';

/** Options of a `UsageBuffer`. */
export interface UsageBufferOptions {
  /** Reports in one request, 1 to 1,000; so many waiting reports are sent at once. @default 100 */
  readonly maxBatchSize?: number;
  /** Longest wait of a report before it is sent, in ms. @default 1000 */
  readonly flushIntervalMs?: number;
  /** Reports held at most; what comes on top is dropped. @default 10000 */
  readonly maxReports?: number;
  /** Size of the reports held at most, in characters of JSON. @default 16777216 */
  readonly maxBytes?: number;
  /** Wait after the first failed batch, in ms; doubles with each failure, with jitter. @default 1000 */
  readonly initialDelayMs?: number;
  /** Longest wait after a failed batch, in ms. @default 30000 */
  readonly maxDelayMs?: number;
  /** Time of `flush()` and `close()`, in ms. @default 30000 */
  readonly flushDeadlineMs?: number;
  /** Gets each report that the service refuses for good. @default none */
  readonly onRefused?: (refusal: UsageRefusal) => void;
  /** Where reports outlive the process: `fileSpool` of `./node`. @default none */
  readonly spool?: UsageSpool;
  /** @default system */
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: Random;
}

type Optional = 'spool' | 'onRefused';
export type ResolvedBufferOptions = Required<Omit<UsageBufferOptions, Optional>> & {
  readonly [Name in Optional]: UsageBufferOptions[Name] | undefined;
};

const schema = optionsOf({
  maxBatchSize: integerFrom(1, 1_000),
  flushIntervalMs: milliseconds,
  maxReports: integerFrom(1),
  maxBytes: integerFrom(1),
  initialDelayMs: milliseconds,
  maxDelayMs: milliseconds,
  flushDeadlineMs: milliseconds,
  onRefused: callback,
  spool: having('restore', 'add', 'batch', 'settle', 'close'),
  clock: having('now', 'monotonic', 'sleep', 'setTimer'),
  random: callback,
});
const flushSchema = optionsOf({ deadlineMs: milliseconds });

/** @throws {InvalidConfigError} unless it is a number > 0 that a timer can hold */
export function checkDeadline(deadlineMs: number): number {
  checkOptions(flushSchema, { deadlineMs });
  return deadlineMs;
}

/** @throws {InvalidConfigError} naming the option and its value */
export function resolveBufferOptions(options: UsageBufferOptions): ResolvedBufferOptions {
  checkOptions(schema, options);
  return {
    maxBatchSize: options.maxBatchSize ?? 100,
    flushIntervalMs: options.flushIntervalMs ?? 1_000,
    maxReports: options.maxReports ?? 10_000,
    maxBytes: options.maxBytes ?? 16 * 1024 * 1024,
    initialDelayMs: options.initialDelayMs ?? 1_000,
    maxDelayMs: options.maxDelayMs ?? 30_000,
    flushDeadlineMs: options.flushDeadlineMs ?? 30_000,
    onRefused: options.onRefused,
    spool: options.spool,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}
