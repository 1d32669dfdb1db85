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

const sane = /^[\x21-\x7e]{1,255}$/;

/**
 * The idempotency key of a report that its caller can make again after a restart, byte for byte. Without a time of its
 * own a repeat differs, and it is the report id alone that makes it count once.
 */
export function keyOf({ sessionId, reportId, timestamp }: UsageInput): string | undefined {
  if (reportId === undefined || timestamp === undefined) return undefined;
  const key = `usage:${sessionId}:${reportId}`;
  return sane.test(key) ? key : undefined;
}
