/** Token usage of one model call. Counts are in [0, 2^63 - 1]. */
export interface UsageRecord {
  readonly sessionId: string;
  /** Same key in the same session: the same report. */
  readonly reportKey: string;
  /** Empty: the session's model. */
  readonly modelId: string;
  readonly promptTokens: bigint;
  readonly completionTokens: bigint;
  readonly totalTokens: bigint;
  readonly latencyMs: bigint | null;
  /** When the call was made, ms since the epoch. */
  readonly timestampMs: number;
  /** Raw JSON text of an object. */
  readonly metadata: string;
}

/** What became of a report. */
export type UsageOutcome = 'counted' | 'duplicate' | 'unknown-session';

/** When calls were made that are added up, ms since the epoch. A bound that is absent leaves that side open. */
export interface UsagePeriod {
  /** Inclusive. */
  readonly from?: number | undefined;
  /** Exclusive. */
  readonly to?: number | undefined;
}

/** Which reports are added up. */
export interface UsageFilter extends UsagePeriod {
  readonly sessionId?: string | undefined;
}

/** Usage of one model. */
export interface ModelUsage {
  readonly modelId: string;
  readonly totals: UsageTotals;
}

/** Usage added up; a sum that would pass 2^63 - 1 stays there. */
export interface UsageTotals {
  readonly reports: bigint;
  readonly promptTokens: bigint;
  readonly completionTokens: bigint;
  readonly totalTokens: bigint;
  readonly latencySumMs: bigint;
  /** Reports that carry a latency. */
  readonly latencyCount: bigint;
  /** Time of the first and the last call, ms since the epoch; null without any. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
}
