import type { PostgresDatabase } from '@llm-memory-graph/service/postgres';
import type { SessionRecord, SessionState } from '../store/session-record.ts';
import { slotOf, type SessionName, type SessionRows } from './session-rows.ts';

/** A change of a session's state, to be made of whatever the state is then. */
export interface StateChange extends SessionName {
  readonly change: (current: SessionState) => SessionState;
}

/** What became of it; a refused change fails alone. */
export type StateChanged =
  { readonly ok: true; readonly session: SessionRecord | undefined } | { readonly ok: false; readonly error: unknown };

/** Changes states with their rows locked, so that no change of another process gets lost in between. */
export function stateChanges(
  database: PostgresDatabase,
  schema: string,
  sessions: SessionRows,
): (changes: readonly StateChange[]) => Promise<StateChanged[]> {
  return (changes) =>
    database.transaction(async (query) => {
      await query(
        `SELECT 1 FROM ${schema}.session s JOIN unnest($1::text[], $2::text[]) AS n(tenant, session_id)
           ON s.tenant = n.tenant AND s.session_id = n.session_id
         ORDER BY s.tenant, s.session_id FOR NO KEY UPDATE OF s`,
        [changes.map(({ tenant }) => tenant), changes.map(({ sessionId }) => sessionId)],
      );
      const held = await sessions.find(query, changes);
      const changed = new Map<string, object>();
      const outcomes = changes.map((wanted): StateChanged => {
        const slot = slotOf(wanted);
        const session = held.get(slot);
        if (!session) return { ok: true, session };
        try {
          const state = wanted.change({ status: session.status, endedMs: session.endedMs });
          const next = { ...session, ...state };
          held.set(slot, next);
          changed.set(slot, {
            tenant: wanted.tenant,
            session_id: wanted.sessionId,
            status: next.status,
            ended_ms: next.endedMs,
          });
          return { ok: true, session: next };
        } catch (error) {
          return { ok: false, error };
        }
      });
      if (changed.size > 0)
        await query(
          `UPDATE ${schema}.session s SET status = r.status, ended_ms = r.ended_ms
           FROM json_to_recordset($1) AS r(tenant text, session_id text, status text, ended_ms bigint)
           WHERE s.tenant = r.tenant AND s.session_id = r.session_id`,
          [JSON.stringify([...changed.values()])],
        );
      return outcomes;
    });
}
