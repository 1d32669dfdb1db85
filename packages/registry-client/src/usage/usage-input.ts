import type { UsageReportInput } from '@llm-memory-graph/contracts';

/** A usage report as a caller writes it. */
export type UsageInput = Omit<UsageReportInput, 'totalTokens'> & {
  /** @default the sum of prompt and completion */
  readonly totalTokens?: number;
};

/** The report with its sum and with an id, so that a repeat of it counts once. */
export function completed(report: UsageInput): UsageReportInput & { reportId: string } {
  const { totalTokens = report.promptTokens + report.completionTokens, reportId = crypto.randomUUID() } = report;
  return { ...report, totalTokens, reportId };
}
