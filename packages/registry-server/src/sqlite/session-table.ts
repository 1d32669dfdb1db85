import type { SessionStatus } from '@llm-memory-graph/contracts';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Listing, Registration, SessionKey, Slice } from '../store/registry-store.ts';
import type { NewSession, SessionFilter, SessionRecord, SessionState } from '../store/session-record.ts';
import { milliseconds, prepareExact } from './exact-rows.ts';

interface Row {
  readonly session_id: string;
  readonly model_id: string;
  readonly model_version: string;
  readonly started_at: string;
  readonly started_ms: bigint;
  readonly metadata: string;
  readonly tags: string;
  readonly fingerprint: string;
  readonly status: SessionStatus;
  readonly ended_ms: bigint | null;
  readonly reports: bigint | null;
  readonly total_tokens: bigint | null;
}

function recordOf(row: Row): SessionRecord {
  return {
    sessionId: row.session_id,
    modelId: row.model_id,
    modelVersion: row.model_version,
    startedAt: row.started_at,
    startedMs: Number(row.started_ms),
    metadata: row.metadata,
    tags: JSON.parse(row.tags) as string[],
    fingerprint: row.fingerprint,
    status: row.status,
    endedMs: milliseconds(row.ended_ms),
    reports: row.reports ?? 0n,
    totalTokens: row.total_tokens ?? 0n,
  };
}

const withTotals = `SELECT s.*, t.reports, t.total_tokens FROM sessions s
  LEFT JOIN totals t ON t.tenant = s.tenant AND t.of = 'session' AND t.id = s.session_id`;

/** Each condition of a filter with its value. */
function conditions(tenant: string, filter: SessionFilter): [string, SQLInputValue][] {
  const all: [string, SQLInputValue | undefined][] = [
    ['s.tenant = ?', tenant],
    ['s.status = ?', filter.status],
    ['s.model_id = ?', filter.modelId],
    ['EXISTS (SELECT 1 FROM json_each(s.tags) WHERE value = ?)', filter.tag],
    ['s.started_ms < ?', filter.startedBefore],
    ['s.started_ms > ?', filter.startedAfter],
  ];
  return all.filter((condition): condition is [string, SQLInputValue] => condition[1] !== undefined);
}

/** Sessions; `register`, `changeState` and `delete` to be called inside a transaction. */
export interface SessionTable {
  register(tenant: string, session: NewSession): Registration;
  get(tenant: string, sessionId: string): SessionRecord | undefined;
  modelOf(tenant: string, sessionId: string): string | undefined;
  list(tenant: string, filter: SessionFilter, slice: Slice<SessionKey>): Listing<SessionRecord>;
  changeState(
    tenant: string,
    sessionId: string,
    change: (current: SessionState) => SessionState,
  ): SessionRecord | undefined;
  delete(tenant: string, sessionId: string): boolean;
}

export function sessionTable(db: DatabaseSync): SessionTable {
  const byId = prepareExact(db, `${withTotals} WHERE s.tenant = ? AND s.session_id = ?`);
  const model = db.prepare('SELECT model_id FROM sessions WHERE tenant = ? AND session_id = ?');
  const insert = db.prepare('INSERT OR IGNORE INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const update = db.prepare('UPDATE sessions SET status = ?, ended_ms = ? WHERE tenant = ? AND session_id = ?');
  const remove = db.prepare('DELETE FROM sessions WHERE tenant = ? AND session_id = ?');
  // At most 2^6 shapes of a filter exist, so the statements of lists are kept.
  const lists = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    let statement = lists.get(sql);
    if (!statement) lists.set(sql, (statement = prepareExact(db, sql)));
    return statement;
  };

  const get = (tenant: string, sessionId: string): SessionRecord | undefined => {
    const row = byId.get(tenant, sessionId) as unknown as Row | undefined;
    return row && recordOf(row);
  };

  return {
    get,
    modelOf: (tenant, id) => (model.get(tenant, id) as { model_id: string } | undefined)?.model_id,
    register(tenant, session) {
      const { sessionId, modelId, modelVersion, startedAt, startedMs, metadata, fingerprint } = session;
      const tags = JSON.stringify(session.tags);
      const start = [startedAt, startedMs, metadata, tags, fingerprint, 'active', null];
      const { changes } = insert.run(tenant, sessionId, modelId, modelVersion, ...start);
      if (changes !== 0) {
        const fresh = { status: 'active', endedMs: null, reports: 0n, totalTokens: 0n } as const;
        return { outcome: 'created', session: { ...session, ...fresh } };
      }
      const held = get(tenant, sessionId);
      if (!held) throw new Error('a session that is in the way of another is not there');
      return { outcome: held.fingerprint === fingerprint ? 'same' : 'different', session: held };
    },
    list(tenant, filter, { limit, offset, after }) {
      const wanted = conditions(tenant, filter);
      const where = wanted.map(([sql]) => sql).join(' AND ');
      const values = wanted.map(([, value]) => value);
      const counted = prepared(`SELECT count(*) AS total FROM sessions s WHERE ${where}`).get(...values);
      const behind = after === undefined ? '' : ' AND (s.started_ms, s.session_id) > (?, ?)';
      const rows = prepared(
        `${withTotals} WHERE ${where}${behind} ORDER BY s.started_ms, s.session_id LIMIT ? OFFSET ?`,
      ).all(...values, ...(after ?? []), limit, offset) as unknown as Row[];
      return { items: rows.map(recordOf), total: Number((counted as { total: bigint }).total) };
    },
    changeState(tenant, sessionId, change) {
      const held = get(tenant, sessionId);
      if (!held) return undefined;
      const state = change({ status: held.status, endedMs: held.endedMs });
      update.run(state.status, state.endedMs, tenant, sessionId);
      return { ...held, ...state };
    },
    delete: (tenant, sessionId) => remove.run(tenant, sessionId).changes !== 0,
  };
}
