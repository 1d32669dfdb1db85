import type { DatabaseSync } from 'node:sqlite';
import type { Listing, Slice } from '../store/registry-store.ts';
import type { ModelUsage, UsageRecord, UsageTotals } from '../store/usage-record.ts';
import { maxCount, noUsage } from '../store/usage-totals.ts';
import { milliseconds, prepareExact } from './exact-rows.ts';

type Of = 'session' | 'model';

interface Row {
  readonly id: string;
  readonly reports: bigint;
  readonly prompt_tokens: bigint;
  readonly completion_tokens: bigint;
  readonly total_tokens: bigint;
  readonly latency_sum_ms: bigint;
  readonly latency_count: bigint;
  readonly first_ms: bigint | null;
  readonly last_ms: bigint | null;
}

function totalsOf(row: Row): UsageTotals {
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
}

/** Usage added up per session and per model. */
export interface TotalsTable {
  read(tenant: string, of: Of, id: string): UsageTotals;
  /** Each model that a report counts for, by id. */
  models(tenant: string, slice: Slice<string>): Listing<ModelUsage>;
  /** Counts one more report. */
  add(tenant: string, of: Of, id: string, report: UsageRecord): void;
  write(tenant: string, of: Of, id: string, totals: UsageTotals): void;
  delete(tenant: string, of: Of, id: string): void;
}

/** A sum that stays at 2^63 - 1, where SQLite's own becomes a float. */
const added = (column: string): string =>
  `${column} = CASE WHEN ${column} > ${String(maxCount)} - excluded.${column} THEN ${String(maxCount)}
     ELSE ${column} + excluded.${column} END`;

export function totalsTable(db: DatabaseSync): TotalsTable {
  const select = prepareExact(db, 'SELECT * FROM totals WHERE tenant = ? AND of = ? AND id = ?');
  const replace = db.prepare('INSERT OR REPLACE INTO totals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const addOne = db.prepare(
    `INSERT INTO totals VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6, coalesce(?7, 0), ?7 IS NOT NULL, ?8, ?8)
     ON CONFLICT DO UPDATE SET reports = reports + 1, ${added('prompt_tokens')}, ${added('completion_tokens')},
       ${added('total_tokens')}, ${added('latency_sum_ms')}, latency_count = latency_count + excluded.latency_count,
       first_ms = min(coalesce(first_ms, excluded.first_ms), excluded.first_ms),
       last_ms = max(coalesce(last_ms, excluded.last_ms), excluded.last_ms)`,
  );
  const remove = db.prepare('DELETE FROM totals WHERE tenant = ? AND of = ? AND id = ?');
  const used = `FROM totals WHERE tenant = ? AND of = 'model' AND reports > 0`;
  const page = prepareExact(db, `SELECT * ${used} AND id > ? ORDER BY id LIMIT ? OFFSET ?`);
  const count = db.prepare(`SELECT count(*) AS total ${used}`);
  return {
    read(tenant, of, id) {
      const row = select.get(tenant, of, id) as unknown as Row | undefined;
      return row ? totalsOf(row) : noUsage;
    },
    models(tenant, { limit, offset, after }) {
      const rows = page.all(tenant, after ?? '', limit, offset) as unknown as Row[];
      return {
        items: rows.map((row) => ({ modelId: row.id, totals: totalsOf(row) })),
        total: (count.get(tenant) as { total: number }).total,
      };
    },
    add(tenant, of, id, { promptTokens, completionTokens, totalTokens, latencyMs, timestampMs }) {
      addOne.run(tenant, of, id, promptTokens, completionTokens, totalTokens, latencyMs, timestampMs);
    },
    write(tenant, of, id, t) {
      const { reports, promptTokens, completionTokens, totalTokens, latencySumMs, latencyCount, firstMs, lastMs } = t;
      const sums = [reports, promptTokens, completionTokens, totalTokens, latencySumMs, latencyCount];
      replace.run(tenant, of, id, ...sums, firstMs, lastMs);
    },
    delete(tenant, of, id) {
      remove.run(tenant, of, id);
    },
  };
}
