import { maxOpenDuration } from './open-duration.ts';
import type { AutomaticState, BreakerCell, Hold } from './breaker-cell.ts';
import type { BreakerSettings } from './breaker-settings.ts';
import type { WindowSlice } from './window/outcome-window.ts';

/** The state of a circuit as plain JSON, for storing. Holds no errors, which might carry anything. */
export interface BreakerSnapshot {
  readonly version: 1;
  readonly state: AutomaticState;
  readonly hold: Hold | null;
  /** Failures in a row (closed) or successful probes (half-open). */
  readonly tally: number;
  /** Openings without a calm period in between. */
  readonly openings: number;
  /** Length of the open period in milliseconds. */
  readonly openForMs: number;
  /** Wall clock, milliseconds since the epoch: end of the open period, or since when the circuit is closed. */
  readonly at: number;
  readonly window: readonly WindowSlice[];
}

export function exportCell(cell: BreakerCell, settings: BreakerSettings): BreakerSnapshot {
  const now = settings.clock.monotonic();
  return {
    version: 1,
    state: cell.automatic,
    hold: cell.hold ?? null,
    tally: cell.tally,
    openings: cell.openings,
    openForMs: cell.openForMs,
    at: settings.clock.now() + (cell.mark - now),
    window: cell.window?.slices(now) ?? [],
  };
}

/** Puts a snapshot into a cell. The wall clock may have jumped: the wait left is never negative, nor too long. */
export function restoreCell(cell: BreakerCell, snapshot: BreakerSnapshot, settings: BreakerSettings): void {
  const now = settings.clock.monotonic();
  const leftMs = snapshot.at - settings.clock.now();
  const longestMs = Math.min(snapshot.openForMs, maxOpenDuration(settings));
  cell.automatic = snapshot.state;
  cell.hold = snapshot.hold ?? undefined;
  cell.tally = snapshot.tally;
  cell.openings = snapshot.openings;
  cell.openForMs = longestMs;
  cell.mark = now + (snapshot.state === 'open' ? Math.min(longestMs, Math.max(0, leftMs)) : Math.min(0, leftMs));
  cell.probes = snapshot.state === 'half-open' ? [] : undefined;
  cell.window = settings.window?.create();
  cell.window?.load(now, snapshot.window);
}

/** @returns `input` if it is a snapshot this version understands, else why not. */
export function checkSnapshot(input: unknown): BreakerSnapshot | string {
  if (typeof input !== 'object' || input === null) return 'not an object';
  const value = input as Partial<Record<keyof BreakerSnapshot, unknown>>;
  if (value.version !== 1) return 'unknown version';
  if (!isOneOf(value.state, ['closed', 'open', 'half-open'])) return 'bad state';
  if (value.hold !== null && !isOneOf(value.hold, ['isolated', 'forced-closed', 'disabled', 'metrics-only'])) {
    return 'bad hold';
  }
  if (!isCount(value.tally)) return 'bad tally';
  if (!isCount(value.openings)) return 'bad openings';
  if (!isDuration(value.openForMs)) return 'bad openForMs';
  if (typeof value.at !== 'number' || !Number.isFinite(value.at)) return 'bad at';
  if (!Array.isArray(value.window) || !value.window.every((slice) => isSlice(slice))) return 'bad window';
  return input as BreakerSnapshot;
}

function isOneOf(value: unknown, allowed: readonly string[]): boolean {
  return typeof value === 'string' && allowed.includes(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isDuration(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value);
}

function isSlice(slice: unknown): boolean {
  if (!Array.isArray(slice) || slice.length !== 4) return false;
  const [ageMs, calls, failures, slow] = slice as unknown[];
  if (!isDuration(ageMs) || !isCount(calls) || !isCount(failures) || !isCount(slow)) return false;
  return failures <= calls && slow <= calls;
}
