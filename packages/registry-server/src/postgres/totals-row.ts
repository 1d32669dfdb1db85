import type { UsageTotals } from '../store/usage-record.ts';
import { maxCount } from '../store/usage-totals.ts';

/** Usage added up, as `pg` gives it. */
export interface TotalsRow {
  readonly reports: string;
  readonly prompt_tokens: string;
  readonly completion_tokens: string;
  readonly total_tokens: string;
  readonly latency_sum_ms: string;
  readonly latency_count: string;
  readonly first_ms: string | null;
  readonly last_ms: string | null;
}

/** A sum as the wire can carry it. */
export function clamped(sum: string): bigint {
  const value = BigInt(sum);
  return value > maxCount ? maxCount : value;
}

/** A time column as a number. */
export function milliseconds(value: string | null): number | null {
  return value === null ? null : Number(value);
}

export function totalsOf(row: TotalsRow): UsageTotals {
  return {
    reports: BigInt(row.reports),
    promptTokens: clamped(row.prompt_tokens),
    completionTokens: clamped(row.completion_tokens),
    totalTokens: clamped(row.total_tokens),
    latencySumMs: clamped(row.latency_sum_ms),
    latencyCount: BigInt(row.latency_count),
    firstMs: milliseconds(row.first_ms),
    lastMs: milliseconds(row.last_ms),
  };
}
