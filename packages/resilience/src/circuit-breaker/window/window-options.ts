import { between, integer, oneOf } from '../../options.ts';
import { CountWindow } from './count-window.ts';
import type { OutcomeWindow } from './outcome-window.ts';
import { TimeWindow } from './time-window.ts';

/** Opens the circuit on rates over recent calls. Given instead of, or next to, `failureThreshold`. */
export type WindowOptions = {
  /** Share of failures, above 0 to 1, from which the circuit opens. @default 0.5 */
  readonly failureRate?: number;
  /** Calls that take at least this many milliseconds are slow. A slow probe counts as failed. @default none is slow */
  readonly slowCallMs?: number;
  /** Share of slow calls, above 0 to 1, from which the circuit opens. @default 1 */
  readonly slowCallRate?: number;
  /** No rate is looked at before this many calls are in the window; an integer from 1. @default 10, at most size */
  readonly minimumCalls?: number;
} & (
  | {
      readonly type: 'count';
      /** Calls looked back on; an integer from 1. @default 100 */
      readonly size?: number;
    }
  | {
      readonly type: 'time';
      /** Milliseconds looked back on, above 0. @default 60000 */
      readonly lengthMs?: number;
      /** Parts the window moves on by; an integer from 1. @default 10 */
      readonly buckets?: number;
    }
);

/** {@link WindowOptions} with every value present and checked. */
export interface WindowSettings {
  readonly failureRate: number;
  readonly slowCallMs: number;
  readonly slowCallRate: number;
  readonly minimumCalls: number;
  create(): OutcomeWindow;
}

export function resolveWindowOptions(options: WindowOptions): WindowSettings {
  oneOf('window.type', options.type, ['count', 'time']);
  const isCount = options.type === 'count';
  const size = isCount ? integer('window.size', options.size ?? 100, 1) : Infinity;
  const minimumCalls = integer('window.minimumCalls', options.minimumCalls ?? Math.min(10, size), 1);
  if (isCount) between('window.minimumCalls', minimumCalls, 1, size);
  const rates = {
    failureRate: between('window.failureRate', options.failureRate ?? 0.5, Number.MIN_VALUE, 1),
    slowCallMs: between('window.slowCallMs', options.slowCallMs ?? Number.MAX_SAFE_INTEGER, 0),
    slowCallRate: between('window.slowCallRate', options.slowCallRate ?? 1, Number.MIN_VALUE, 1),
    minimumCalls,
  };
  if (isCount) return { ...rates, create: () => new CountWindow(size) };
  const lengthMs = between('window.lengthMs', options.lengthMs ?? 60_000, Number.MIN_VALUE);
  const buckets = integer('window.buckets', options.buckets ?? 10, 1);
  return { ...rates, create: () => new TimeWindow(lengthMs, buckets) };
}
