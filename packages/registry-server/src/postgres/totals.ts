import type { PostgresQuery } from '@llm-memory-graph/service/postgres';
import type { Listing, Slice } from '../store/registry-store.ts';
import type { ModelUsage, UsageTotals } from '../store/usage-record.ts';
import { noUsage } from '../store/usage-totals.ts';
import type { SessionName } from './session-rows.ts';
import { totalsOf, type TotalsRow } from './totals-row.ts';

/** What is added to a total or, negated, taken out of it. */
export interface TotalCounts {
  readonly reports: bigint;
  readonly promptTokens: bigint;
  readonly completionTokens: bigint;
  readonly totalTokens: bigint;
  readonly latencySumMs: bigint;
  readonly latencyCount: bigint;
}

/** Which total of which tenant. */
export interface TotalName {
  readonly tenant: string;
  readonly kind: 'session' | 'model';
  readonly id: string;
}

export interface TotalChange extends TotalName, TotalCounts {}

/** Totals of usage per session and per model. */
export interface Totals {
  /** Adds every change to its total; each total at most once. */
  add(query: PostgresQuery, changes: readonly TotalChange[]): Promise<void>;
  ofSession(query: PostgresQuery, session: SessionName): Promise<UsageTotals>;
  ofModel(query: PostgresQuery, tenant: string, modelId: string): Promise<UsageTotals>;
  /** Each model that a report counts for, by id. */
  models(query: PostgresQuery, tenant: string, slice: Slice<string>): Promise<Listing<ModelUsage>>;
  deleteSession(query: PostgresQuery, session: SessionName): Promise<void>;
}

const shardCount = 16;

export function totals(schema: string): Totals {
  // The shard of this process for totals of models.
  const ownShard = Math.floor(Math.random() * shardCount);

  // First and last call come from an index of the reports: they could not be taken out of a total again.
  const limits = (kind: string): string => {
    const reports = `FROM ${schema}.usage u WHERE u.tenant = t.tenant AND u.${kind}_id = t.id`;
    return `(SELECT min(timestamp_ms) ${reports}) AS first_ms, (SELECT max(timestamp_ms) ${reports}) AS last_ms`;
  };
  const sums = `tenant, id, sum(reports) AS reports, sum(prompt_tokens) AS prompt_tokens,
    sum(completion_tokens) AS completion_tokens, sum(total_tokens) AS total_tokens,
    sum(latency_sum_ms) AS latency_sum_ms, sum(latency_count) AS latency_count`;
  const used = `FROM ${schema}.total WHERE tenant = $1 AND kind = 'model'`;

  const read = async (query: PostgresQuery, { tenant, kind, id }: TotalName): Promise<UsageTotals> => {
    const [row] = await query<TotalsRow>(
      `SELECT t.*, ${limits(kind)} FROM (
         SELECT ${sums} FROM ${schema}.total WHERE tenant = $1 AND kind = $2 AND id = $3 GROUP BY tenant, id) t`,
      [tenant, kind, id],
    );
    return row ? totalsOf(row) : noUsage;
  };

  return {
    async add(query, changes) {
      if (changes.length === 0) return;
      const rows = changes.map((change) => ({
        tenant: change.tenant,
        kind: change.kind,
        id: change.id,
        shard: change.kind === 'session' ? 0 : ownShard,
        reports: String(change.reports),
        prompt_tokens: String(change.promptTokens),
        completion_tokens: String(change.completionTokens),
        total_tokens: String(change.totalTokens),
        latency_sum_ms: String(change.latencySumMs),
        latency_count: String(change.latencyCount),
      }));
      await query(
        `INSERT INTO ${schema}.total AS t
         SELECT r.* FROM json_to_recordset($1) AS r(tenant text, kind text, id text, shard integer, reports bigint,
           prompt_tokens numeric, completion_tokens numeric, total_tokens numeric, latency_sum_ms numeric,
           latency_count bigint)
         ORDER BY r.tenant COLLATE "C", r.kind, r.id COLLATE "C", r.shard
         ON CONFLICT (tenant, kind, id, shard) DO UPDATE SET reports = t.reports + excluded.reports,
           prompt_tokens = t.prompt_tokens + excluded.prompt_tokens,
           completion_tokens = t.completion_tokens + excluded.completion_tokens,
           total_tokens = t.total_tokens + excluded.total_tokens,
           latency_sum_ms = t.latency_sum_ms + excluded.latency_sum_ms,
           latency_count = t.latency_count + excluded.latency_count`,
        [JSON.stringify(rows)],
      );
    },
    ofSession: (query, { tenant, sessionId }) => read(query, { tenant, kind: 'session', id: sessionId }),
    ofModel: (query, tenant, modelId) => read(query, { tenant, kind: 'model', id: modelId }),
    async models(query, tenant, { limit, offset, after }) {
      const [counted, rows] = await Promise.all([
        query<{ total: string }>(
          `SELECT count(*) AS total FROM (SELECT 1 ${used} GROUP BY id HAVING sum(reports) > 0) t`,
          [tenant],
        ),
        query<TotalsRow & { readonly id: string }>(
          `SELECT t.*, ${limits('model')} FROM (
             SELECT ${sums} ${used} AND id > $2 GROUP BY tenant, id HAVING sum(reports) > 0
             ORDER BY id LIMIT $3 OFFSET $4) t ORDER BY t.id`,
          [tenant, after ?? '', limit, offset],
        ),
      ]);
      return {
        items: rows.map((row) => ({ modelId: row.id, totals: totalsOf(row) })),
        total: Number(counted[0]?.total),
      };
    },
    async deleteSession(query, { tenant, sessionId }) {
      await query(`DELETE FROM ${schema}.total WHERE tenant = $1 AND kind = 'session' AND id = $2`, [
        tenant,
        sessionId,
      ]);
    },
  };
}
