import type { PostgresQuery } from '@llm-memory-graph/service/postgres';
import type { Listing, Slice } from '../store/registry-store.ts';
import type { ModelUsage, UsageFilter, UsageTotals } from '../store/usage-record.ts';
import { totalsOf, type TotalsRow } from './totals-row.ts';

type Filter = UsageFilter & { readonly modelId?: string };

/** Adds reports up anew, in time in proportion to them. */
export interface UsageSums {
  of(tenant: string, filter: Filter): Promise<UsageTotals>;
  byModel(tenant: string, filter: UsageFilter, slice: Slice<string>): Promise<Listing<ModelUsage>>;
}

/** Sums of the reports of a `SELECT`, as {@link TotalsRow}. */
export const sumsOfReports = `count(*) AS reports, coalesce(sum(prompt_tokens), 0) AS prompt_tokens,
  coalesce(sum(completion_tokens), 0) AS completion_tokens, coalesce(sum(total_tokens), 0) AS total_tokens,
  coalesce(sum(latency_ms), 0) AS latency_sum_ms, count(latency_ms) AS latency_count, min(timestamp_ms) AS first_ms,
  max(timestamp_ms) AS last_ms`;

function conditions(tenant: string, filter: Filter): readonly [where: string, values: unknown[]] {
  const all: [string, unknown][] = [
    ['tenant =', tenant],
    ['session_id =', filter.sessionId],
    ['model_id =', filter.modelId],
    ['timestamp_ms >=', filter.from],
    ['timestamp_ms <', filter.to],
  ];
  const given = all.filter(([, value]) => value !== undefined);
  return [given.map(([sql], i) => `${sql} $${String(i + 1)}`).join(' AND '), given.map(([, value]) => value)];
}

export function usageSums(query: PostgresQuery, schema: string): UsageSums {
  return {
    async of(tenant, filter) {
      const [where, values] = conditions(tenant, filter);
      const [row] = await query<TotalsRow>(`SELECT ${sumsOfReports} FROM ${schema}.usage WHERE ${where}`, values);
      return totalsOf(row as TotalsRow);
    },
    async byModel(tenant, filter, { limit, offset, after }) {
      const [where, values] = conditions(tenant, filter);
      const next = (added: number): string => `$${String(values.length + added)}`;
      const [counted, rows] = await Promise.all([
        query<{ total: string }>(
          `SELECT count(DISTINCT model_id) AS total FROM ${schema}.usage WHERE ${where}`,
          values,
        ),
        query<TotalsRow & { readonly model_id: string }>(
          `SELECT model_id, ${sumsOfReports} FROM ${schema}.usage WHERE ${where} AND model_id > ${next(1)}
           GROUP BY model_id ORDER BY model_id LIMIT ${next(2)} OFFSET ${next(3)}`,
          [...values, after ?? '', limit, offset],
        ),
      ]);
      return {
        items: rows.map((row) => ({ modelId: row.model_id, totals: totalsOf(row) })),
        total: Number(counted[0]?.total),
      };
    },
  };
}
