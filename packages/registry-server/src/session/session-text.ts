import { withRawMembers } from '@llm-memory-graph/contracts';
import type { SessionRecord } from '../store/session-record.ts';

/** A session as JSON text (`SessionInfo`), with its metadata and its start as they came. */
export function sessionText(session: SessionRecord): string {
  const { endedMs } = session;
  return withRawMembers(
    {
      session_id: session.sessionId,
      model_id: session.modelId,
      model_version: session.modelVersion,
      started_at: session.startedAt,
      ended_at: endedMs === null ? null : new Date(endedMs).toISOString(),
      status: session.status,
      tags: session.tags,
    },
    {
      prompt_count: session.reports.toString(),
      total_tokens: session.totalTokens.toString(),
      metadata: session.metadata,
    },
  );
}
