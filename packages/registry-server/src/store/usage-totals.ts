import type { UsagePeriod, UsageRecord, UsageTotals } from './usage-record.ts';

/** The largest count that crosses the wire; the existing client reads 64-bit signed integers. */
export const maxCount = 2n ** 63n - 1n;

export const noUsage: UsageTotals = {
  reports: 0n,
  promptTokens: 0n,
  completionTokens: 0n,
  totalTokens: 0n,
  latencySumMs: 0n,
  latencyCount: 0n,
  firstMs: null,
  lastMs: null,
};

/** The sum of two counts, at most 2^63 - 1. */
export function addCounts(a: bigint, b: bigint): bigint {
  const sum = a + b;
  return sum > maxCount ? maxCount : sum;
}

/** Whether the call of a report was made in a period. */
export function inPeriod({ timestampMs }: UsageRecord, { from, to }: UsagePeriod): boolean {
  return (from === undefined || timestampMs >= from) && (to === undefined || timestampMs < to);
}

/** `totals` with one more report. */
export function addUsage(totals: UsageTotals, report: UsageRecord): UsageTotals {
  const at = report.timestampMs;
  return {
    reports: totals.reports + 1n,
    promptTokens: addCounts(totals.promptTokens, report.promptTokens),
    completionTokens: addCounts(totals.completionTokens, report.completionTokens),
    totalTokens: addCounts(totals.totalTokens, report.totalTokens),
    latencySumMs: addCounts(totals.latencySumMs, report.latencyMs ?? 0n),
    latencyCount: report.latencyMs === null ? totals.latencyCount : totals.latencyCount + 1n,
    firstMs: totals.firstMs === null ? at : Math.min(totals.firstMs, at),
    lastMs: totals.lastMs === null ? at : Math.max(totals.lastMs, at),
  };
}
