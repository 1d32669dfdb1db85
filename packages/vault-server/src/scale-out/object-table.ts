import { type PostgresQuery } from '@llm-memory-graph/service/postgres';

import { type Extent } from './extent.ts';

/** An object that begins to count, with the archives that count on it. */
export interface NewObject {
  readonly key: string;
  readonly bytes: number;
  readonly liveBytes: number;
  /** How many archives or uploads count on it; none: it is to be removed. */
  readonly live: number;
  /** Id of the multipart upload that it still is. */
  readonly partsId?: string;
}

/** An object to be removed, or a multipart upload to be given up. */
export interface Removal {
  readonly key: string;
  readonly parts_id: string | null;
}

/** Which objects count. Changes are made in the transaction of what relies on them. */
export interface ObjectTable {
  /** False when a sweep took one of them for an orphan and is removing it: it must not be relied on. */
  add(query: PostgresQuery, objects: readonly NewObject[]): Promise<boolean>;
  /** Tells that one archive less counts on these bytes; what nobody counts on any more is to be removed. */
  release(query: PostgresQuery, extents: readonly Extent[]): Promise<void>;
  /** The multipart upload became an object. */
  completed(query: PostgresQuery, key: string, bytes: number): Promise<void>;
  /** Takes keys that nobody counts on, so that nobody can any more; gives those that are taken, now or before. */
  takeOrphans(query: PostgresQuery, keys: readonly string[]): Promise<string[]>;
  /** Takes up to `limit` removals that are due; they come due again in a minute should this process die. */
  takeRemovals(query: PostgresQuery, limit: number): Promise<Removal[]>;
  removed(query: PostgresQuery, keys: readonly string[]): Promise<void>;
  /** Tries these again in an hour: a lock forbids it now. */
  postpone(query: PostgresQuery, keys: readonly string[]): Promise<void>;
  /** Objects of which less than half counts. */
  sparse(query: PostgresQuery, limit: number): Promise<string[]>;
}

export function objectTable(schema: string): ObjectTable {
  const table = `${schema}.object`;
  return {
    add: async (query, objects) => {
      if (objects.length === 0) return true;
      const rows = objects.map(({ key, bytes, liveBytes, live, partsId = null }) => {
        return { key, state: live > 0 ? 'live' : 'removing', parts_id: partsId, bytes, live_bytes: liveBytes, live };
      });
      const added = await query(
        `INSERT INTO ${table} SELECT r.* FROM json_to_recordset($1) AS r(key text, state text, parts_id text,
           bytes bigint, live_bytes bigint, live integer)
         ORDER BY r.key COLLATE "C" ON CONFLICT DO NOTHING RETURNING key`,
        [JSON.stringify(rows)],
      );
      return added.length === objects.length;
    },
    release: async (query, extents) => {
      if (extents.length === 0) return;
      const released = new Map<string, { key: string; bytes: number; times: number }>();
      for (const [key, , bytes] of extents) {
        const known = released.get(key) ?? { key, bytes: 0, times: 0 };
        released.set(key, { key, bytes: known.bytes + bytes, times: known.times + 1 });
      }
      const rows = JSON.stringify([...released.values()]);
      // Locked in order, so that two that release the same objects cannot wait for each other in a circle.
      await query(
        `SELECT 1 FROM ${table} WHERE key = ANY (ARRAY(SELECT key FROM json_to_recordset($1) AS r(key text)))
         ORDER BY key FOR UPDATE`,
        [rows],
      );
      await query(
        `UPDATE ${table} o SET live_bytes = o.live_bytes - r.bytes, live = o.live - r.times,
           state = CASE WHEN o.live = r.times THEN 'removing' ELSE o.state END, retry_at = now()
         FROM json_to_recordset($1) AS r(key text, bytes bigint, times integer) WHERE o.key = r.key`,
        [rows],
      );
    },
    completed: async (query, key, bytes) => {
      await query(`UPDATE ${table} SET parts_id = NULL, bytes = $2, live_bytes = $2 WHERE key = $1`, [key, bytes]);
    },
    takeOrphans: async (query, keys) => {
      const rows = await query<{ key: string }>(
        // Those taken before are given again: whoever took them may have died before the object was gone. No DO UPDATE:
        // it would lock every row that it meets, and with it wait for others in a circle.
        `WITH taken AS (
           INSERT INTO ${table} SELECT k.key, 'orphan', NULL, 0, 0, 0 FROM unnest($1::text[]) AS k(key)
           ORDER BY k.key COLLATE "C" ON CONFLICT DO NOTHING RETURNING key)
         SELECT key FROM taken UNION ALL SELECT key FROM ${table} WHERE key = ANY ($1) AND state = 'orphan'`,
        [[...new Set(keys)]],
      );
      return rows.map(({ key }) => key);
    },
    takeRemovals: (query, limit) =>
      query<Removal>(
        `UPDATE ${table} SET retry_at = now() + interval '1 minute' WHERE key = ANY (ARRAY(
           SELECT key FROM ${table} WHERE state = 'removing' AND retry_at <= now() ORDER BY retry_at LIMIT $1
           FOR UPDATE SKIP LOCKED)) RETURNING key, parts_id`,
        [limit],
      ),
    removed: async (query, keys) => {
      await query(`DELETE FROM ${table} WHERE key = ANY ($1) AND state = 'removing'`, [keys]);
    },
    postpone: async (query, keys) => {
      await query(`UPDATE ${table} SET retry_at = now() + interval '1 hour' WHERE key = ANY ($1)`, [keys]);
    },
    sparse: async (query, limit) => {
      const rows = await query<{ key: string }>(
        `SELECT key FROM ${table} WHERE state = 'live' AND 2 * live_bytes < bytes AND parts_id IS NULL
         ORDER BY key LIMIT $1`,
        [limit],
      );
      return rows.map(({ key }) => key);
    },
  };
}
