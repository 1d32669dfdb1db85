import { ArchivalStats } from '../archival-stats.ts';
import type { JournalRun } from '../ports/run-journal.ts';

/** The statistics of one run, over all processes that worked on it. */
export interface RunStatistics {
  readonly runId: string;
  readonly startedAt: Date;
  /** Undefined while it is not completed. */
  readonly finishedAt: Date | undefined;
  /** `durationMs` is wall time from the start to the end, pauses between processes included; 0 while it is open. */
  readonly stats: ArchivalStats;
}

export function statisticsOf({ runId, startedAt, finishedAt, counts }: JournalRun): RunStatistics {
  const durationMs = finishedAt ? Math.max(0, finishedAt.getTime() - startedAt.getTime()) : 0;
  return { runId, startedAt, finishedAt, stats: new ArchivalStats(counts, durationMs) };
}

/** The runs that began in a span of time, added up. */
export interface StatisticsWindow {
  /** Inclusive. */
  readonly from: Date;
  /** Exclusive. */
  readonly to: Date;
  readonly runs: number;
  readonly stats: ArchivalStats;
}

/**
 * Statistics over time, in windows of equal length; windows without a run are there, empty.
 *
 * @param runs of the journal, in any order
 * @param span.everyMs length of a window in ms, > 0
 * @throws {RangeError} when the span is empty, or makes more than 10,000 windows
 *
 * @example
 * statisticsOverTime(await scheduler.runs(1000), { from: monthAgo, to: new Date(), everyMs: 86_400_000 });
 */
export function statisticsOverTime(
  runs: readonly JournalRun[],
  span: { readonly from: Date; readonly to: Date; readonly everyMs: number },
): readonly StatisticsWindow[] {
  const { from, to, everyMs } = span;
  const count = Math.ceil((to.getTime() - from.getTime()) / everyMs);
  if (!(everyMs > 0 && count >= 1 && count <= 10_000))
    throw new RangeError(`\`span\` must make 1 to 10000 windows, got ${String(count)}`);
  const windows = Array.from({ length: count }, () => ({ runs: 0, archived: 0, failed: 0, skipped: 0, ms: 0 }));
  for (const run of runs) {
    if (run.startedAt < from || run.startedAt >= to) continue;
    const window = windows[Math.floor((run.startedAt.getTime() - from.getTime()) / everyMs)];
    if (!window) continue;
    window.runs += 1;
    window.archived += run.counts.archived;
    window.failed += run.counts.failed;
    window.skipped += run.counts.skipped;
    window.ms += statisticsOf(run).stats.durationMs;
  }
  return windows.map(({ runs: began, ms, ...counts }, i) => ({
    from: new Date(from.getTime() + i * everyMs),
    to: new Date(Math.min(to.getTime(), from.getTime() + (i + 1) * everyMs)),
    runs: began,
    stats: new ArchivalStats(counts, ms),
  }));
}
