import type { PostgresDatabase } from '@llm-memory-graph/service/postgres';
import type { SessionName } from './session-rows.ts';
import type { TotalsRow } from './totals-row.ts';
import type { Totals } from './totals.ts';
import { sumsOfReports } from './usage-sums.ts';

/** Deletes a session with its usage, and takes that out of the totals of its models. */
export function sessionDeletion(
  database: PostgresDatabase,
  schema: string,
  totals: Totals,
): (session: SessionName) => Promise<boolean> {
  return (session) =>
    database.transaction(async (query) => {
      const { tenant, sessionId } = session;
      // Waits for those who count for this session; what they wrote is visible to the next statement.
      const gone = await query(
        `DELETE FROM ${schema}.session WHERE tenant = $1 AND session_id = $2 RETURNING session_id`,
        [tenant, sessionId],
      );
      if (gone.length === 0) return false;
      const models = await query<TotalsRow & { readonly model_id: string }>(
        `WITH gone AS (DELETE FROM ${schema}.usage WHERE tenant = $1 AND session_id = $2 RETURNING *)
         SELECT model_id, ${sumsOfReports} FROM gone GROUP BY model_id`,
        [tenant, sessionId],
      );
      await totals.deleteSession(query, session);
      await totals.add(
        query,
        models.map((row) => ({
          tenant,
          kind: 'model',
          id: row.model_id,
          reports: -BigInt(row.reports),
          promptTokens: -BigInt(row.prompt_tokens),
          completionTokens: -BigInt(row.completion_tokens),
          totalTokens: -BigInt(row.total_tokens),
          latencySumMs: -BigInt(row.latency_sum_ms),
          latencyCount: -BigInt(row.latency_count),
        })),
      );
      return true;
    });
}
