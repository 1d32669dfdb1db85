import type { SessionStatus } from '@llm-memory-graph/contracts';
import type { PostgresQuery } from '@llm-memory-graph/service/postgres';
import type { Listing, SessionKey, Slice } from '../store/registry-store.ts';
import type { SessionFilter, SessionRecord } from '../store/session-record.ts';
import { clamped, milliseconds } from './totals-row.ts';

interface Row {
  readonly tenant: string;
  readonly session_id: string;
  readonly model_id: string;
  readonly model_version: string;
  readonly started_at: string;
  readonly started_ms: string;
  readonly metadata: string;
  readonly tags: readonly string[];
  readonly fingerprint: string;
  readonly status: SessionStatus;
  readonly ended_ms: string | null;
  readonly reports: string | null;
  readonly total_tokens: string | null;
}

/** Which session of which tenant. */
export interface SessionName {
  readonly tenant: string;
  readonly sessionId: string;
}

/** One text per session, for maps. */
export function slotOf({ tenant, sessionId }: SessionName): string {
  return JSON.stringify([tenant, sessionId]);
}

function recordOf(row: Row): SessionRecord {
  return {
    sessionId: row.session_id,
    modelId: row.model_id,
    modelVersion: row.model_version,
    startedAt: row.started_at,
    startedMs: Number(row.started_ms),
    metadata: row.metadata,
    tags: row.tags.map((tag) => JSON.parse(tag) as string),
    fingerprint: row.fingerprint,
    status: row.status,
    endedMs: milliseconds(row.ended_ms),
    reports: BigInt(row.reports ?? 0),
    totalTokens: clamped(row.total_tokens ?? '0'),
  };
}

/** Reads sessions. */
export interface SessionRows {
  /** By {@link slotOf}; what is not there is missing. */
  find(query: PostgresQuery, names: readonly SessionName[]): Promise<Map<string, SessionRecord>>;
  list(
    query: PostgresQuery,
    tenant: string,
    filter: SessionFilter,
    slice: Slice<SessionKey>,
  ): Promise<Listing<SessionRecord>>;
}

/** Each condition of a filter with its value; `?` stands for the value's number. */
function conditions(tenant: string, filter: SessionFilter): [string, unknown][] {
  const { status, modelId, tag, startedBefore, startedAfter } = filter;
  const all: [string, unknown][] = [
    ['s.tenant = ?', tenant],
    ['s.status = ?', status],
    ['s.model_id = ?', modelId],
    ['s.tags @> ARRAY[?::text]', tag === undefined ? undefined : JSON.stringify(tag)],
    ['s.started_ms < ?', startedBefore],
    ['s.started_ms > ?', startedAfter],
  ];
  return all.filter(([, value]) => value !== undefined);
}

export function sessionRows(schema: string): SessionRows {
  const withTotals = `SELECT s.*, t.reports, t.total_tokens FROM ${schema}.session s
    LEFT JOIN ${schema}.total t ON t.tenant = s.tenant AND t.kind = 'session' AND t.id = s.session_id AND t.shard = 0`;
  return {
    async find(query, names) {
      const rows = await query<Row>(
        `${withTotals} JOIN unnest($1::text[], $2::text[]) AS n(tenant, session_id)
           ON s.tenant = n.tenant AND s.session_id = n.session_id`,
        [names.map(({ tenant }) => tenant), names.map(({ sessionId }) => sessionId)],
      );
      return new Map(rows.map((row) => [slotOf({ tenant: row.tenant, sessionId: row.session_id }), recordOf(row)]));
    },
    async list(query, tenant, filter, { limit, offset, after }) {
      const wanted = conditions(tenant, filter);
      const values = wanted.map(([, value]) => value);
      const where = wanted.map(([sql], i) => sql.replace('?', `$${String(i + 1)}`)).join(' AND ');
      const next = (added: number): string => `$${String(values.length + added)}`;
      const behind = after === undefined ? '' : ` AND (s.started_ms, s.session_id) > (${next(3)}, ${next(4)})`;
      const [counted, rows] = await Promise.all([
        query<{ total: string }>(`SELECT count(*) AS total FROM ${schema}.session s WHERE ${where}`, values),
        query<Row>(
          `${withTotals} WHERE ${where}${behind} ORDER BY s.started_ms, s.session_id LIMIT ${next(1)} OFFSET ${next(2)}`,
          [...values, limit, offset, ...(after ?? [])],
        ),
      ]);
      return { items: rows.map(recordOf), total: Number(counted[0]?.total) };
    },
  };
}
