import type { IdempotencyStore, RememberedAnswer } from '../idempotency/idempotency-store.ts';
import { groupedWrites } from './grouped-writes.ts';
import type { PostgresDatabase } from './postgres-database.ts';

/** Migration that makes the table; part of the list of whoever owns the schema. */
export const postgresIdempotencyMigration = `
  CREATE TABLE idempotency (
    tenant text NOT NULL, key text NOT NULL, fingerprint text NOT NULL, status integer NOT NULL,
    headers text NOT NULL, body text NOT NULL, expires_at bigint NOT NULL,
    PRIMARY KEY (tenant, key)
  );
  CREATE INDEX idempotency_by_expiry ON idempotency (expires_at)`;

interface Row {
  readonly fingerprint: string;
  readonly status: number;
  readonly headers: string;
  readonly body: string;
  readonly expires_at: string;
}

interface Put {
  readonly tenant: string;
  readonly key: string;
  readonly answer: RememberedAnswer;
}

/** Most answers written in one statement. */
const maxGroup = 500;

/**
 * Remembers answers beside the data they belong to, for all processes over one database. From `put` on every process
 * finds the answer; a database that crashes may forget those of its last moment, but not what the requests did.
 *
 * @param now wall clock, ms since the epoch; by it expired answers are dropped, a few with every write
 */
export function postgresIdempotencyStore(
  database: PostgresDatabase,
  schema: string,
  now: () => number,
): IdempotencyStore {
  const table = `${schema}.idempotency`;
  const writes = groupedWrites<Put, void>(
    async (puts) => {
      // One statement may touch a row only once; the last answer of a key counts.
      const rows = new Map(
        puts.map(({ tenant, key, answer }) => {
          const { fingerprint, status, headers, body, expiresAt } = answer;
          const row = {
            tenant,
            key,
            fingerprint,
            status,
            body,
            headers: JSON.stringify(headers),
            expires_at: expiresAt,
          };
          return [JSON.stringify([tenant, key]), row];
        }),
      );
      // Others see the answers at once; only the sync to disk is not waited for.
      await database.query(
        `INSERT INTO ${table} SELECT r.tenant, r.key, r.fingerprint, r.status, r.headers, r.body, r.expires_at
         FROM json_to_recordset($1) AS r(tenant text, key text, fingerprint text, status integer, headers text,
           body text, expires_at bigint)
         WHERE set_config('synchronous_commit', 'off', true) = 'off'
         ORDER BY r.tenant, r.key
         ON CONFLICT (tenant, key) DO UPDATE SET fingerprint = excluded.fingerprint, status = excluded.status,
           headers = excluded.headers, body = excluded.body, expires_at = excluded.expires_at`,
        [JSON.stringify([...rows.values()])],
      );
      await database.query(
        `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM ${table} WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))`,
        [now(), 2 * puts.length],
      );
      return puts.map(() => undefined);
    },
    { maxItems: maxGroup },
  );

  return {
    async get(tenant, key, at) {
      const [row] = await database.query<Row>(
        `SELECT fingerprint, status, headers, body, expires_at FROM ${table}
         WHERE tenant = $1 AND key = $2 AND expires_at > $3`,
        [tenant, key, at],
      );
      if (!row) return undefined;
      const { fingerprint, status, body } = row;
      const headers = JSON.parse(row.headers) as RememberedAnswer['headers'];
      return { fingerprint, status, headers, body, expiresAt: Number(row.expires_at) };
    },
    // An answer that cannot be written is forgotten, as after a crash: its request was done all the same.
    put: (tenant, key, answer) => writes.add({ tenant, key, answer }).catch(() => undefined),
  };
}
