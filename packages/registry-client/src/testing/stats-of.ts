import type { UsageReport, UsageStats } from '@llm-memory-graph/contracts';

/** Adds reports up. @param since start and end of the time covered when there is none */
export function statsOf(id: string, reports: readonly UsageReport[], since: Date): UsageStats {
  const sum = (of: (report: UsageReport) => number): number => reports.reduce((all, report) => all + of(report), 0);
  const latencies = reports.flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs]));
  const times = reports.map(({ timestamp }) => timestamp.getTime());
  return {
    id,
    totalPrompts: reports.length,
    totalResponses: reports.length,
    totalPromptTokens: sum((report) => report.promptTokens),
    totalCompletionTokens: sum((report) => report.completionTokens),
    totalTokens: sum((report) => report.totalTokens),
    avgLatencyMs: latencies.length === 0 ? 0 : latencies.reduce((all, ms) => all + ms, 0) / latencies.length,
    from: times.length === 0 ? since : new Date(Math.min(...times)),
    to: times.length === 0 ? since : new Date(Math.max(...times)),
    customMetrics: {},
  };
}
