import { createHash } from 'node:crypto';
import { rawMembers, type UsageReport } from '@llm-memory-graph/contracts';
import { checkInstant, checkText } from '../storable.ts';
import type { UsageRecord } from '../store/usage-record.ts';

/**
 * A report as it is stored. One without a report id is known by its bytes: the existing client repeats a request
 * byte for byte, so the same bytes are the same report.
 *
 * @param text raw JSON text of the report
 * @param pointer where it stands in the body
 */
export function usageRecord(report: UsageReport, text: string, pointer = ''): UsageRecord {
  checkText('UsageReport', `${pointer}/model_id`, report.modelId);
  const { sessionId, modelId, promptTokens, completionTokens, totalTokens, latencyMs, timestamp, reportId } = report;
  checkInstant('UsageReport', `${pointer}/timestamp`, timestamp);
  return {
    sessionId,
    reportKey:
      reportId === undefined ? `sha256:${createHash('sha256').update(text).digest('base64url')}` : `id:${reportId}`,
    modelId,
    promptTokens: BigInt(promptTokens),
    completionTokens: BigInt(completionTokens),
    totalTokens: BigInt(totalTokens),
    latencyMs: latencyMs === null ? null : BigInt(latencyMs),
    timestampMs: timestamp.getTime(),
    metadata: rawMembers(text).get('metadata') ?? '{}',
  };
}
