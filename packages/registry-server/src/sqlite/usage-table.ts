import type { DatabaseSync } from 'node:sqlite';
import type { UsageOutcome, UsageRecord } from '../store/usage-record.ts';
import type { TotalsTable } from './totals-table.ts';
import type { UsageSums } from './usage-sums.ts';

/** Reports and what they add up to; to be called inside a transaction. */
export interface UsageTable {
  /** @param sessionModel model of the report's session, undefined when the session is unknown */
  record(tenant: string, report: UsageRecord, sessionModel: string | undefined): UsageOutcome;
  deleteSession(tenant: string, sessionId: string): void;
}

export function usageTable(db: DatabaseSync, totals: TotalsTable, sums: UsageSums): UsageTable {
  const insert = db.prepare('INSERT OR IGNORE INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const modelsOf = db.prepare('SELECT DISTINCT model_id FROM usage WHERE tenant = ? AND session_id = ?');
  const remove = db.prepare('DELETE FROM usage WHERE tenant = ? AND session_id = ?');
  return {
    record(tenant, report, sessionModel) {
      if (sessionModel === undefined) return 'unknown-session';
      const { sessionId, reportKey, promptTokens, completionTokens, totalTokens, latencyMs } = report;
      const modelId = report.modelId === '' ? sessionModel : report.modelId;
      const counts = [promptTokens, completionTokens, totalTokens, latencyMs];
      const { changes } = insert.run(
        tenant,
        sessionId,
        reportKey,
        modelId,
        ...counts,
        report.timestampMs,
        report.metadata,
      );
      if (changes === 0) return 'duplicate';
      totals.add(tenant, 'session', sessionId, report);
      totals.add(tenant, 'model', modelId, report);
      return 'counted';
    },
    deleteSession(tenant, sessionId) {
      const models = modelsOf.all(tenant, sessionId) as unknown as { model_id: string }[];
      remove.run(tenant, sessionId);
      totals.delete(tenant, 'session', sessionId);
      for (const { model_id } of models)
        totals.write(tenant, 'model', model_id, sums.of(tenant, { modelId: model_id }));
    },
  };
}
