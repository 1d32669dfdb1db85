import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Listing, Slice } from '../store/registry-store.ts';
import type { ModelUsage, UsageFilter, UsageTotals } from '../store/usage-record.ts';
import { maxCount } from '../store/usage-totals.ts';
import { milliseconds, prepareExact } from './exact-rows.ts';

/** Adds reports up anew, in time in proportion to them; exact also where a sum passes 2^63 - 1. */
export interface UsageSums {
  of(tenant: string, filter: UsageFilter & { readonly modelId?: string }): UsageTotals;
  byModel(tenant: string, filter: UsageFilter, slice: Slice<string>): Listing<ModelUsage>;
}

type Row = Readonly<Record<string, bigint | null>>;

// SQLite's sum() fails beyond 2^63 - 1; the halves of the numbers can be added up safely and put together afterwards.
const halves = (column: string): string =>
  `coalesce(sum(${column} >> 32), 0) AS ${column}_high, coalesce(sum(${column} & 4294967295), 0) AS ${column}_low`;

const columns = `count(*) AS reports, ${['prompt_tokens', 'completion_tokens', 'total_tokens', 'latency_ms']
  .map(halves)
  .join(', ')}, count(latency_ms) AS latency_count, min(timestamp_ms) AS first_ms, max(timestamp_ms) AS last_ms`;

function joined(row: Row, column: string): bigint {
  const sum = ((row[`${column}_high`] ?? 0n) << 32n) + (row[`${column}_low`] ?? 0n);
  return sum > maxCount ? maxCount : sum;
}

function totalsOf(row: Row): UsageTotals {
  return {
    reports: row['reports'] ?? 0n,
    promptTokens: joined(row, 'prompt_tokens'),
    completionTokens: joined(row, 'completion_tokens'),
    totalTokens: joined(row, 'total_tokens'),
    latencySumMs: joined(row, 'latency_ms'),
    latencyCount: row['latency_count'] ?? 0n,
    firstMs: milliseconds(row['first_ms'] ?? null),
    lastMs: milliseconds(row['last_ms'] ?? null),
  };
}

function conditions(
  tenant: string,
  filter: UsageFilter & { readonly modelId?: string },
): readonly [sql: string, values: SQLInputValue[]] {
  const all: [string, SQLInputValue | undefined][] = [
    ['tenant = ?', tenant],
    ['session_id = ?', filter.sessionId],
    ['model_id = ?', filter.modelId],
    ['timestamp_ms >= ?', filter.from],
    ['timestamp_ms < ?', filter.to],
  ];
  const given = all.filter((condition): condition is [string, SQLInputValue] => condition[1] !== undefined);
  return [given.map(([sql]) => sql).join(' AND '), given.map(([, value]) => value)];
}

export function usageSums(db: DatabaseSync): UsageSums {
  // At most 2^4 shapes of a filter exist for each query, so the statements are kept.
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (!statement) statements.set(sql, (statement = prepareExact(db, sql)));
    return statement;
  };
  return {
    of(tenant, filter) {
      const [where, values] = conditions(tenant, filter);
      return totalsOf(prepared(`SELECT ${columns} FROM usage WHERE ${where}`).get(...values) as Row);
    },
    byModel(tenant, filter, { limit, offset, after }) {
      const [where, values] = conditions(tenant, filter);
      const counted = prepared(`SELECT count(DISTINCT model_id) AS total FROM usage WHERE ${where}`).get(...values);
      const rows = prepared(
        `SELECT model_id, ${columns} FROM usage WHERE ${where} AND model_id > ?
         GROUP BY model_id ORDER BY model_id LIMIT ? OFFSET ?`,
      ).all(...values, after ?? '', limit, offset);
      return {
        items: rows.map((row) => ({ modelId: row['model_id'] as string, totals: totalsOf(row as Row) })),
        total: Number((counted as { total: bigint }).total),
      };
    },
  };
}
