import type { Clock } from '../clock.ts';
import { between, integer } from '../options.ts';
import type { ExecutionContext } from '../policy.ts';
import type { Random } from '../random.ts';
import { systemClock } from '../system-clock.ts';
import type { Verdict } from './breaker-cell.ts';
import { resolveWindowOptions, type WindowOptions, type WindowSettings } from './window/window-options.ts';

/** How a call ended. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown; readonly error?: never }
  | { readonly ok: false; readonly error: unknown; readonly value?: never };

/** Decides how an outcome counts. */
export type Classify = (outcome: Outcome, context: ExecutionContext) => Verdict;

/** Options of `circuitBreaker`. */
export interface CircuitBreakerOptions {
  /** Failures in a row that open the circuit; an integer from 1, or `Infinity`. @default 5, Infinity with a window */
  readonly failureThreshold?: number;
  /** Opens on failure or slow-call rates over recent calls. @default none */
  readonly window?: WindowOptions;
  /** Successful probes that close it; an integer from 1. @default 2 */
  readonly successThreshold?: number;
  /** How long the circuit stays open before a probe is let through, in milliseconds. @default 60000 */
  readonly openDurationMs?: number;
  /** Growth of the open time from one opening to the next without a calm period, at least 1. @default 1 */
  readonly openBackoffMultiplier?: number;
  /** The longest open time in milliseconds. @default 10 × openDurationMs */
  readonly maxOpenDurationMs?: number;
  /** Lengthens each open time by a random part of up to this share, 0 to 1. @default 0 */
  readonly openJitter?: number;
  /** Time closed, in milliseconds, after which earlier openings are forgotten. @default openDurationMs */
  readonly calmMs?: number;
  /** Calls let through at once while half-open; an integer from 1. @default 1 */
  readonly halfOpenProbes?: number;
  /** A probe that has not come back after this many milliseconds counts as failed. @default openDurationMs */
  readonly probeLeaseMs?: number;
  /** How outcomes count. Not asked about aborts by the caller, which never count. @default errors are failures */
  readonly classify?: Classify;
  /** Named in errors and events. */
  readonly key?: string;
  /** @default systemClock */
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: Random;
}

/** {@link CircuitBreakerOptions} with every value present and checked. */
export type BreakerSettings = Required<Omit<CircuitBreakerOptions, 'classify' | 'key' | 'window'>> & {
  readonly window: WindowSettings | undefined;
  readonly classify: Classify | undefined;
};

export function resolveBreakerOptions(options: CircuitBreakerOptions): BreakerSettings {
  const openDurationMs = between('openDurationMs', options.openDurationMs ?? 60_000, 0);
  return {
    failureThreshold: integer('failureThreshold', options.failureThreshold ?? (options.window ? Infinity : 5), 1, true),
    window: options.window && resolveWindowOptions(options.window),
    successThreshold: integer('successThreshold', options.successThreshold ?? 2, 1),
    openDurationMs,
    openBackoffMultiplier: between('openBackoffMultiplier', options.openBackoffMultiplier ?? 1, 1),
    maxOpenDurationMs: between('maxOpenDurationMs', options.maxOpenDurationMs ?? openDurationMs * 10, openDurationMs),
    openJitter: between('openJitter', options.openJitter ?? 0, 0, 1),
    calmMs: between('calmMs', options.calmMs ?? openDurationMs, 0),
    halfOpenProbes: integer('halfOpenProbes', options.halfOpenProbes ?? 1, 1),
    probeLeaseMs: between('probeLeaseMs', options.probeLeaseMs ?? Math.max(1, openDurationMs), 1),
    classify: options.classify,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}
