import { graphSession, type GraphSession, type SessionStatus } from '@llm-memory-graph/contracts';
import { checked } from './checked.ts';
import { MemoryGraphError } from './memory-graph-error.ts';
import type { Connection, Row } from './sqlite/connection.ts';
import { isConstraintFailure } from './sqlite/sqlite-failure.ts';

/** A new session; what is absent gets its default. */
export interface NewSession {
  /** @default a random UUID */
  readonly id?: string;
  readonly modelId: string;
  /** @default '' */
  readonly modelVersion?: string;
  /** @default the graph's clock */
  readonly createdAt?: Date;
  /** @default {} */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** @default [] */
  readonly tags?: readonly string[];
}

/** Changes of a session; what is absent stays. */
export interface SessionChanges {
  readonly status?: SessionStatus;
  /** Set from the clock when the status becomes `completed` or `failed` and the session has no end yet. */
  readonly endedAt?: Date | null;
  readonly modelId?: string;
  readonly modelVersion?: string;
  /** Replaces the map as a whole. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly tags?: readonly string[];
}

/** Which sessions to list. */
export interface SessionFilter {
  /** Only ids behind this one. */
  readonly after?: string;
  /** @default 100 */
  readonly limit?: number;
  readonly status?: SessionStatus;
  readonly modelId?: string;
}

/** A session with its key in the file. */
export interface StoredSession {
  readonly key: number;
  readonly session: GraphSession;
}

function decode(row: Row): GraphSession {
  return graphSession.decode(JSON.parse(String(row['body'])));
}

/** When the session was last touched, by which it becomes due. An imported session may end after its last edit. */
export function touchedAt(session: GraphSession): number {
  return Math.max(session.updatedAt.getTime(), session.endedAt?.getTime() ?? 0);
}

/** The sessions of a graph, without their nodes. Methods that write expect to run in a transaction. */
export class SessionStore {
  readonly #db: Connection;
  readonly #now: () => number;

  constructor(db: Connection, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  find(id: string): StoredSession | undefined {
    const row = this.#db.get('SELECT key, body FROM session WHERE id = ?', id);
    return row && { key: Number(row['key']), session: decode(row) };
  }

  require(id: string): StoredSession {
    const stored = this.find(id);
    if (stored === undefined) throw new MemoryGraphError('not_found', `No session ${JSON.stringify(id)}`);
    return stored;
  }

  list({ after = '', limit = 100, status, modelId }: SessionFilter): GraphSession[] {
    const values: (string | number)[] = [after];
    let where = 'id > ?';
    if (status !== undefined) {
      where += ' AND status = ?';
      values.push(status);
    }
    if (modelId !== undefined) {
      where += ' AND model_id = ?';
      values.push(modelId);
    }
    return this.#db.all(`SELECT body FROM session WHERE ${where} ORDER BY id LIMIT ?`, ...values, limit).map(decode);
  }

  create({ id = crypto.randomUUID(), createdAt = new Date(this.#now()), ...rest }: NewSession): GraphSession {
    const session = checked(() =>
      graphSession.parse({
        ...rest,
        metadata: { ...rest.metadata },
        tags: [...(rest.tags ?? [])],
        id,
        status: 'active',
        createdAt,
        updatedAt: new Date(Math.max(this.#now(), createdAt.getTime())),
        version: 1,
      }),
    );
    return this.require(this.insert(session).session.id).session;
  }

  insert(session: GraphSession): StoredSession {
    const body = JSON.stringify(checked(() => graphSession.encode(session)));
    try {
      this.#db.run(
        'INSERT INTO session (id, model_id, status, touched_at, version, body) VALUES (?, ?, ?, ?, ?, ?)',
        session.id,
        session.modelId,
        session.status,
        touchedAt(session),
        session.version,
        body,
      );
    } catch (error) {
      if (!isConstraintFailure(error)) throw error;
      throw new MemoryGraphError('already_exists', `Session ${JSON.stringify(session.id)} exists`, { cause: error });
    }
    return this.require(session.id);
  }

  update(id: string, changes: SessionChanges, ifVersion: number | undefined): GraphSession {
    const stored = this.require(id);
    if (ifVersion !== undefined && stored.session.version !== ifVersion) {
      throw new MemoryGraphError(
        'conflict',
        `Session ${JSON.stringify(id)} is in version ${stored.session.version}, not ${ifVersion}`,
      );
    }
    return this.edit(stored, changes);
  }

  /** Writes the next version of a session. Every edit of the session or its nodes ends here. */
  edit({ key, session }: StoredSession, changes: SessionChanges): GraphSession {
    // A clock that was set back must not make the session older than it is.
    const updatedAt = new Date(Math.max(this.#now(), session.updatedAt.getTime()));
    const ends = changes.status === 'completed' || changes.status === 'failed';
    const next = checked(() =>
      graphSession.parse({
        ...session,
        endedAt: session.endedAt ?? (ends ? updatedAt : null),
        ...withoutAbsent(changes),
        updatedAt,
        version: session.version + 1,
      }),
    );
    const body = JSON.stringify(checked(() => graphSession.encode(next)));
    this.#db.run(
      'UPDATE session SET model_id = ?, status = ?, touched_at = ?, version = ?, body = ? WHERE key = ?',
      next.modelId,
      next.status,
      touchedAt(next),
      next.version,
      body,
      key,
    );
    return this.require(next.id).session;
  }

  delete(id: string): boolean {
    return this.#db.run('DELETE FROM session WHERE id = ?', id) === 1;
  }
}

function withoutAbsent(changes: SessionChanges): object {
  const { status, endedAt, modelId, modelVersion, metadata, tags } = changes;
  const picked = { status, endedAt, modelId, modelVersion, metadata, tags };
  return Object.fromEntries(Object.entries(picked).filter(([, value]) => value !== undefined));
}
