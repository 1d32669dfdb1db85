import { graphEdge, type Edge, type EdgeType } from '@llm-memory-graph/contracts';
import { checked } from './checked.ts';
import type { Connection } from './sqlite/connection.ts';

/** A new edge. Its ends may lie outside the session: an agent, a template, another session. */
export interface NewEdge {
  readonly from: string;
  readonly to: string;
  readonly type: EdgeType;
  /** @default the graph's clock */
  readonly createdAt?: Date;
  /** @default {} */
  readonly properties?: Record<string, unknown>;
}

/** Which edges of a session to read. */
export interface EdgeFilter {
  readonly from?: string;
  readonly to?: string;
  readonly type?: EdgeType;
}

/** The edges of a graph; several between the same two nodes are allowed. */
export class EdgeStore {
  readonly #db: Connection;
  readonly #now: () => number;

  constructor(db: Connection, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  add(sessionKey: number, { createdAt = new Date(this.#now()), ...rest }: NewEdge): Edge {
    return this.insert(
      sessionKey,
      checked(() => graphEdge.parse({ ...rest, createdAt })),
    );
  }

  insert(sessionKey: number, edge: Edge): Edge {
    const body = JSON.stringify(checked(() => graphEdge.encode(edge)));
    this.#db.run(
      'INSERT INTO edge (session_key, source, target, type, body) VALUES (?, ?, ?, ?, ?)',
      sessionKey,
      edge.from,
      edge.to,
      edge.type,
      body,
    );
    return graphEdge.decode(JSON.parse(body));
  }

  list(sessionKey: number, { from, to, type }: EdgeFilter): Edge[] {
    const values: (string | number)[] = [sessionKey];
    let where = 'session_key = ?';
    for (const [column, value] of [
      ['source', from],
      ['target', to],
      ['type', type],
    ] as const) {
      if (value === undefined) continue;
      where += ` AND ${column} = ?`;
      values.push(value);
    }
    return this.#db
      .all(`SELECT body FROM edge WHERE ${where} ORDER BY key`, ...values)
      .map((row) => graphEdge.decode(JSON.parse(String(row['body']))));
  }
}
