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

/** An exact amount of money, for example `0.0125`: never a float, so it adds up. */
const amount = z.string().check(z.regex(/^\d+(?:\.\d+)?$/));

/** What tokens cost by the prices in the model's metadata. */
const usageCost = z.object({
  /** ISO 4217. */
  currency: z.string(),
  prompt: amount,
  completion: amount,
  total: amount,
});
export type UsageCost = z.output<typeof usageCost>;

const usageStatsSchema = z.object({
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
  /** Of the usage of a model whose metadata carries prices; null or absent otherwise. */
  cost: z.optional(z.nullable(usageCost)),
});

/** Usage added up over [`from`, `to`]; all numbers are 0 when nothing was used yet. */
export const usageStats = contract('UsageStats', usageStatsSchema);
export type UsageStats = ReturnType<typeof usageStats.parse>;

/** One page of usage by model. */
export const usagePage = contract(
  'UsagePage',
  z.object({
    usage: z.array(usageStatsSchema),
    total: count,
    page: count,
    pageSize: count,
    nextCursor: z.optional(z.nullable(z.string())),
  }),
);
export type UsagePage = ReturnType<typeof usagePage.parse>;
