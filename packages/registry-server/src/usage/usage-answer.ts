import { usageStats } from '@llm-memory-graph/contracts';
import { conditional, jsonAnswer, type ServiceContext } from '@llm-memory-graph/service';
import type { UsageTotals } from '../store/usage-record.ts';

/** A count for the wire: the contracts call it a number, and write a `bigint` with every digit. */
function wireCount(value: bigint): number {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : (value as unknown as number);
}

/**
 * Answers with usage; every field is there also when nothing was used.
 *
 * @param since start and end of the time covered when there was no call, ms since the epoch
 */
export function usageAnswer(c: ServiceContext, id: string, totals: UsageTotals, since: number): Promise<Response> {
  const { reports, promptTokens, completionTokens, totalTokens, latencySumMs, latencyCount } = totals;
  const answer = jsonAnswer(usageStats, {
    id,
    // The registry hears of a call once it was answered, so there are as many responses as prompts.
    totalPrompts: wireCount(reports),
    totalResponses: wireCount(reports),
    totalPromptTokens: wireCount(promptTokens),
    totalCompletionTokens: wireCount(completionTokens),
    totalTokens: wireCount(totalTokens),
    avgLatencyMs: latencyCount === 0n ? 0 : Number(latencySumMs) / Number(latencyCount),
    from: new Date(totals.firstMs ?? since),
    to: new Date(totals.lastMs ?? since),
    customMetrics: {},
  });
  return conditional(c, answer);
}
