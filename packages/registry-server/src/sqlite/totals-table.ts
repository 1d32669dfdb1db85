import type { DatabaseSync } from 'node:sqlite';
import type { UsageTotals } from '../store/usage-record.ts';
import { maxCount, noUsage } from '../store/usage-totals.ts';
import { milliseconds, prepareExact } from './exact-rows.ts';

type Of = 'session' | 'model';

interface Row {
  readonly reports: bigint;
  readonly prompt_tokens: bigint;
  readonly completion_tokens: bigint;
  readonly total_tokens: bigint;
  readonly latency_sum_ms: bigint;
  readonly latency_count: bigint;
  readonly first_ms: bigint | null;
  readonly last_ms: bigint | null;
}

/** Usage added up per session and per model. */
export interface TotalsTable {
  read(tenant: string, of: Of, id: string): UsageTotals;
  write(tenant: string, of: Of, id: string, totals: UsageTotals): void;
  delete(tenant: string, of: Of, id: string): void;
  /** Adds up the rows of a model anew; exact also where a sum passes 2^63 - 1. */
  recount(tenant: string, modelId: string): UsageTotals;
}

// SQLite's sum() fails beyond 2^63 - 1; the halves of the numbers can be added up safely and put together afterwards.
const halves = (column: string): string =>
  `coalesce(sum(${column} >> 32), 0) AS ${column}_high, coalesce(sum(${column} & 4294967295), 0) AS ${column}_low`;

function joined(row: Readonly<Record<string, bigint | null>>, column: string): bigint {
  const sum = ((row[`${column}_high`] ?? 0n) << 32n) + (row[`${column}_low`] ?? 0n);
  return sum > maxCount ? maxCount : sum;
}

export function totalsTable(db: DatabaseSync): TotalsTable {
  const select = prepareExact(db, 'SELECT * FROM totals WHERE tenant = ? AND of = ? AND id = ?');
  const replace = db.prepare('INSERT OR REPLACE INTO totals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const remove = db.prepare('DELETE FROM totals WHERE tenant = ? AND of = ? AND id = ?');
  const addUp = prepareExact(
    db,
    `SELECT count(*) AS reports, ${halves('prompt_tokens')}, ${halves('completion_tokens')}, ${halves('total_tokens')},
       ${halves('latency_ms')}, count(latency_ms) AS latency_count, min(timestamp_ms) AS first_ms,
       max(timestamp_ms) AS last_ms
     FROM usage WHERE tenant = ? AND model_id = ?`,
  );
  return {
    read(tenant, of, id) {
      const row = select.get(tenant, of, id) as unknown as Row | undefined;
      if (!row) return noUsage;
      return {
        reports: row.reports,
        promptTokens: row.prompt_tokens,
        completionTokens: row.completion_tokens,
        totalTokens: row.total_tokens,
        latencySumMs: row.latency_sum_ms,
        latencyCount: row.latency_count,
        firstMs: milliseconds(row.first_ms),
        lastMs: milliseconds(row.last_ms),
      };
    },
    write(tenant, of, id, t) {
      const { reports, promptTokens, completionTokens, totalTokens, latencySumMs, latencyCount, firstMs, lastMs } = t;
      const sums = [reports, promptTokens, completionTokens, totalTokens, latencySumMs, latencyCount];
      replace.run(tenant, of, id, ...sums, firstMs, lastMs);
    },
    delete(tenant, of, id) {
      remove.run(tenant, of, id);
    },
    recount(tenant, modelId) {
      const row = addUp.get(tenant, modelId) as Record<string, bigint | null>;
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
    },
  };
}
