import type { UsageReport, UsageStats } from '@llm-memory-graph/contracts';
import type { UsagePeriod } from '../filters.ts';

export function inPeriod({ timestamp }: UsageReport, { from, to }: UsagePeriod): boolean {
  return (from === undefined || timestamp >= from) && (to === undefined || timestamp < to);
}

/** Adds reports up. @param since start and end of the time covered when there is none */
export function statsOf(id: string, all: readonly UsageReport[], since: Date, period: UsagePeriod): UsageStats {
  const reports = all.filter((report) => inPeriod(report, period));
  const sum = (of: (report: UsageReport) => number): number => reports.reduce((total, report) => total + of(report), 0);
  const latencies = reports.flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs]));
  const times = reports.map(({ timestamp }) => timestamp.getTime());
  const { to } = period;
  const from = period.from ?? new Date(Math.min(...(times.length === 0 ? [since, to ?? since].map(Number) : times)));
  return {
    id,
    totalPrompts: reports.length,
    totalResponses: reports.length,
    totalPromptTokens: sum((report) => report.promptTokens),
    totalCompletionTokens: sum((report) => report.completionTokens),
    totalTokens: sum((report) => report.totalTokens),
    avgLatencyMs: latencies.length === 0 ? 0 : latencies.reduce((total, ms) => total + ms, 0) / latencies.length,
    from,
    to: to ?? new Date(Math.max(...(times.length === 0 ? [since, from].map(Number) : times))),
    customMetrics: {},
  };
}
