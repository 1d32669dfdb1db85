import * as z from 'zod/mini';
import { count, metadata, resourceId } from '../fields.ts';
import { contract } from '../wire/contract.ts';

const usageReportSchema = z.object({
  sessionId: resourceId,
  /** Empty: counts for the session's model. */
  modelId: z._default(z.string().check(z.maxLength(256)), ''),
  promptTokens: count,
  completionTokens: count,
  totalTokens: count,
  /** Time of the model call in milliseconds, null when unknown. */
  latencyMs: z._default(z.nullable(count), null),
  timestamp: z._default(z.date(), () => new Date()),
  metadata,
  /** Made by the client; the same id counts once. */
  reportId: z.optional(resourceId),
});

/** Token usage of one model call. The same report sent again (same id, or the same bytes) counts once. */
export const usageReport = contract('UsageReport', usageReportSchema);
export type UsageReport = ReturnType<typeof usageReport.parse>;
export type UsageReportInput = Parameters<typeof usageReport.parse>[0];

/** Several reports in one request (`POST /api/v1/usage/batch`). */
export const usageBatch = contract(
  'UsageBatch',
  z.object({ reports: z.array(usageReportSchema).check(z.maxLength(1_000)) }),
);
export type UsageBatch = ReturnType<typeof usageBatch.parse>;

/** Result of a batch: how many counted, how many were there already, and which were refused, by index. */
export const usageBatchResult = contract(
  'UsageBatchResult',
  z.object({
    accepted: count,
    duplicates: count,
    rejected: z._default(z.array(z.object({ index: count, error: z.string() })), () => []),
  }),
);
export type UsageBatchResult = ReturnType<typeof usageBatchResult.parse>;

/** Usage added up over [`from`, `to`]; all numbers are 0 when nothing was used yet. */
export const usageStats = contract(
  'UsageStats',
  z.object({
    /** Session id or model id. */
    id: z.string(),
    totalPrompts: count,
    totalResponses: count,
    totalPromptTokens: count,
    totalCompletionTokens: count,
    totalTokens: count,
    /** Mean over the reports that carry a latency, in milliseconds. */
    avgLatencyMs: z.number(),
    from: z.date(),
    to: z.date(),
    customMetrics: metadata,
  }),
);
export type UsageStats = ReturnType<typeof usageStats.parse>;
