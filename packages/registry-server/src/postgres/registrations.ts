import type { PostgresDatabase } from '@llm-memory-graph/service/postgres';
import type { Registration } from '../store/registry-store.ts';
import type { NewSession, SessionRecord } from '../store/session-record.ts';
import { slotOf, type SessionName, type SessionRows } from './session-rows.ts';

/** A session that a tenant registers. */
export interface RegistrationRequest {
  readonly tenant: string;
  readonly session: NewSession;
}

const nameOf = ({ tenant, session }: RegistrationRequest): SessionName => ({ tenant, sessionId: session.sessionId });

function rowOf({ tenant, session }: RegistrationRequest): object {
  return {
    tenant,
    session_id: session.sessionId,
    model_id: session.modelId,
    model_version: session.modelVersion,
    started_at: session.startedAt,
    started_ms: session.startedMs,
    metadata: session.metadata,
    tags: session.tags.map((tag) => JSON.stringify(tag)),
    fingerprint: session.fingerprint,
  };
}

function asCreated({ session }: RegistrationRequest): SessionRecord {
  return { ...session, status: 'active', endedMs: null, reports: 0n, totalTokens: 0n };
}

/** Writes registrations: all new ones in one statement, whichever process they come to first wins. */
export function registrations(
  database: PostgresDatabase,
  schema: string,
  sessions: SessionRows,
): (requests: readonly RegistrationRequest[]) => Promise<Registration[]> {
  const insert = async (requests: readonly RegistrationRequest[]): Promise<Set<string>> => {
    // In order of the key: two processes that insert the same sessions then wait for each other, never in a circle.
    const created = await database.query<{ tenant: string; session_id: string }>(
      `INSERT INTO ${schema}.session
       SELECT r.*, 'active', NULL FROM json_to_recordset($1) AS r(tenant text, session_id text, model_id text,
         model_version text, started_at text, started_ms bigint, metadata text, tags text[], fingerprint text)
       ORDER BY r.tenant COLLATE "C", r.session_id COLLATE "C"
       ON CONFLICT DO NOTHING RETURNING tenant, session_id`,
      [JSON.stringify(requests.map(rowOf))],
    );
    return new Set(created.map((row) => slotOf({ tenant: row.tenant, sessionId: row.session_id })));
  };

  return async (requests) => {
    const known = new Map<string, SessionRecord>();
    const firsts = new Map<string, RegistrationRequest>();
    for (const request of requests) {
      const slot = slotOf(nameOf(request));
      if (!firsts.has(slot)) firsts.set(slot, request);
    }
    const created = new Set<RegistrationRequest>();
    // What is neither created nor found was deleted in between, and is created the next time round.
    for (let open = [...firsts]; open.length > 0; open = open.filter(([slot]) => !known.has(slot))) {
      const inserted = await insert(open.map(([, request]) => request));
      for (const [slot, request] of open) {
        if (!inserted.has(slot)) continue;
        created.add(request);
        known.set(slot, asCreated(request));
      }
      const others = open.filter(([slot]) => !inserted.has(slot)).map(([, request]) => nameOf(request));
      if (others.length === 0) break;
      for (const [slot, record] of await sessions.find(database.query, others)) known.set(slot, record);
    }
    return requests.map((request): Registration => {
      const session = known.get(slotOf(nameOf(request))) as SessionRecord;
      if (created.has(request)) return { outcome: 'created', session };
      return { outcome: session.fingerprint === request.session.fingerprint ? 'same' : 'different', session };
    });
  };
}
