import { costOf, type ModelMetadata, type UsageStats } from '@llm-memory-graph/contracts';
import type { UsagePeriod, UsageTotals } from '../store/usage-record.ts';

/** A count for the wire: the contracts call it a number, and write a `bigint` with every digit. */
function wireCount(value: bigint): number {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : (value as unknown as number);
}

/** The time that an answer covers: the bounds that were asked for, else the first and the last call. */
function covered(totals: UsageTotals, period: UsagePeriod, since: number): Pick<UsageStats, 'from' | 'to'> {
  const first = period.from ?? totals.firstMs ?? Math.min(since, period.to ?? since);
  const last = period.to ?? totals.lastMs ?? Math.max(since, first);
  return { from: new Date(first), to: new Date(last) };
}

/**
 * Usage for the wire; every field is there also when nothing was used.
 *
 * @param since start and end of the time covered when there was no call, ms since the epoch
 */
export function usageOf(id: string, totals: UsageTotals, period: UsagePeriod, since: number): UsageStats {
  const { reports, promptTokens, completionTokens, totalTokens, latencySumMs, latencyCount } = totals;
  return {
    id,
    // The registry hears of a call once it was answered, so there are as many responses as prompts.
    totalPrompts: wireCount(reports),
    totalResponses: wireCount(reports),
    totalPromptTokens: wireCount(promptTokens),
    totalCompletionTokens: wireCount(completionTokens),
    totalTokens: wireCount(totalTokens),
    avgLatencyMs: latencyCount === 0n ? 0 : Number(latencySumMs) / Number(latencyCount),
    ...covered(totals, period, since),
    customMetrics: {},
  };
}

/** Usage of a model, with its cost when the registry knows the model and its prices. */
export function modelUsageOf(
  id: string,
  model: ModelMetadata | undefined,
  totals: UsageTotals,
  period: UsagePeriod,
  since: number,
): UsageStats {
  return { ...usageOf(id, totals, period, since), cost: model ? costOf(model.metadata, totals) : null };
}
