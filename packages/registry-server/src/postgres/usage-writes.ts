import type { PostgresDatabase, PostgresQuery } from '@llm-memory-graph/service/postgres';
import type { UsageOutcome, UsageRecord } from '../store/usage-record.ts';
import { slotOf } from './session-rows.ts';
import type { TotalChange, TotalName, Totals, TotalCounts } from './totals.ts';

/** Reports of one request. */
export interface UsageReports {
  readonly tenant: string;
  readonly reports: readonly UsageRecord[];
}

interface Report extends UsageRecord {
  readonly tenant: string;
}

const reportSlot = (tenant: string, sessionId: string, reportKey: string): string =>
  JSON.stringify([tenant, sessionId, reportKey]);

function rowOf(report: Report): object {
  return {
    tenant: report.tenant,
    session_id: report.sessionId,
    report_key: report.reportKey,
    model_id: report.modelId,
    prompt_tokens: String(report.promptTokens),
    completion_tokens: String(report.completionTokens),
    total_tokens: String(report.totalTokens),
    latency_ms: report.latencyMs === null ? null : String(report.latencyMs),
    timestamp_ms: report.timestampMs,
    metadata: report.metadata,
  };
}

/** Adds up what each report changes, per session and per model. */
function changesOf(reports: readonly Report[]): TotalChange[] {
  const changes = new Map<string, TotalChange>();
  const add = (name: TotalName, report: Report): void => {
    const slot = JSON.stringify([name.tenant, name.kind, name.id]);
    const known: TotalCounts | undefined = changes.get(slot);
    changes.set(slot, {
      ...name,
      reports: (known?.reports ?? 0n) + 1n,
      promptTokens: (known?.promptTokens ?? 0n) + report.promptTokens,
      completionTokens: (known?.completionTokens ?? 0n) + report.completionTokens,
      totalTokens: (known?.totalTokens ?? 0n) + report.totalTokens,
      latencySumMs: (known?.latencySumMs ?? 0n) + (report.latencyMs ?? 0n),
      latencyCount: (known?.latencyCount ?? 0n) + (report.latencyMs === null ? 0n : 1n),
    });
  };
  for (const report of reports) {
    add({ tenant: report.tenant, kind: 'session', id: report.sessionId }, report);
    add({ tenant: report.tenant, kind: 'model', id: report.modelId }, report);
  }
  return [...changes.values()];
}

/** Writes the reports of many requests in one transaction; each report counts once over all processes. */
export function usageWrites(
  database: PostgresDatabase,
  schema: string,
  totals: Totals,
): (requests: readonly UsageReports[]) => Promise<UsageOutcome[][]> {
  /** Models of the sessions that exist; they cannot be deleted until the transaction ends. */
  const modelsOf = async (query: PostgresQuery, reports: readonly Report[]): Promise<Map<string, string>> => {
    const slots = [...new Set(reports.map(slotOf))].map((slot) => JSON.parse(slot) as [string, string]);
    const rows = await query<{ tenant: string; session_id: string; model_id: string }>(
      `SELECT s.tenant, s.session_id, s.model_id FROM ${schema}.session s
         JOIN unnest($1::text[], $2::text[]) AS n(tenant, session_id)
           ON s.tenant = n.tenant AND s.session_id = n.session_id
       ORDER BY s.tenant, s.session_id FOR KEY SHARE OF s`,
      [slots.map(([tenant]) => tenant), slots.map(([, sessionId]) => sessionId)],
    );
    return new Map(rows.map((row) => [slotOf({ tenant: row.tenant, sessionId: row.session_id }), row.model_id]));
  };

  const insert = async (query: PostgresQuery, reports: readonly Report[]): Promise<Set<string>> => {
    const rows = await query<{ tenant: string; session_id: string; report_key: string }>(
      `INSERT INTO ${schema}.usage
       SELECT r.* FROM json_to_recordset($1) AS r(tenant text, session_id text, report_key text, model_id text,
         prompt_tokens bigint, completion_tokens bigint, total_tokens bigint, latency_ms bigint, timestamp_ms bigint,
         metadata text)
       ORDER BY r.tenant COLLATE "C", r.session_id COLLATE "C", r.report_key COLLATE "C"
       ON CONFLICT DO NOTHING RETURNING tenant, session_id, report_key`,
      [JSON.stringify(reports.map(rowOf))],
    );
    return new Set(rows.map((row) => reportSlot(row.tenant, row.session_id, row.report_key)));
  };

  return (requests) =>
    database.transaction(async (query) => {
      const all = requests.flatMap(({ tenant, reports }) => reports.map((report): Report => ({ ...report, tenant })));
      const models = await modelsOf(query, all);
      // The first report of a key is the one that may count.
      const firsts = new Map<string, Report>();
      for (const report of all) {
        const model = models.get(slotOf(report));
        const slot = reportSlot(report.tenant, report.sessionId, report.reportKey);
        if (model === undefined || firsts.has(slot)) continue;
        firsts.set(slot, report.modelId === '' ? { ...report, modelId: model } : report);
      }
      const uncounted = firsts.size === 0 ? new Set<string>() : await insert(query, [...firsts.values()]);
      await totals.add(
        query,
        changesOf([...firsts].filter(([slot]) => uncounted.has(slot)).map(([, report]) => report)),
      );
      return requests.map(({ tenant, reports }) =>
        reports.map(({ sessionId, reportKey }): UsageOutcome => {
          if (!models.has(slotOf({ tenant, sessionId }))) return 'unknown-session';
          return uncounted.delete(reportSlot(tenant, sessionId, reportKey)) ? 'counted' : 'duplicate';
        }),
      );
    });
}
