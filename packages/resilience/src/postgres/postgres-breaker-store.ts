import type { BreakerStateStore } from '../circuit-breaker/store/breaker-state-store.ts';

/** What is used of `pg`: a `Pool`, a `Client` or a transaction of either. */
export interface PostgresQueryable {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: unknown[]; readonly rowCount: number | null }>;
}

/** A {@link BreakerStateStore} in PostgreSQL. */
export interface PostgresBreakerStore extends BreakerStateStore {
  /** Creates the table if it is missing. */
  migrate(): Promise<void>;
}

/**
 * Keeps circuits in the table `breaker_state` of PostgreSQL, for processes on several machines that share them.
 * Saves are compare-and-set in one statement, so no transaction and no lock is held.
 *
 * @param database a `Pool` or `Client` of `pg`; the caller ends it.
 */
export function postgresBreakerStore(database: PostgresQueryable): PostgresBreakerStore {
  return {
    async migrate() {
      await database.query(
        'CREATE TABLE IF NOT EXISTS breaker_state (key text PRIMARY KEY, revision bigint NOT NULL, state jsonb NOT NULL)',
      );
    },
    async load(key) {
      const { rows } = await database.query('SELECT revision, state FROM breaker_state WHERE key = $1', [key]);
      const [row] = rows as { revision: string; state: unknown }[];
      return row && { revision: Number(row.revision), state: row.state };
    },
    async save(key, state, revision) {
      const json = JSON.stringify(state);
      const { rowCount } =
        revision === 0
          ? await database.query(
              'INSERT INTO breaker_state (key, revision, state) VALUES ($1, 1, $2) ON CONFLICT (key) DO NOTHING',
              [key, json],
            )
          : await database.query(
              'UPDATE breaker_state SET revision = revision + 1, state = $2 WHERE key = $1 AND revision = $3',
              [key, json, revision],
            );
      return rowCount === 1 ? revision + 1 : undefined;
    },
    async delete(key) {
      await database.query('DELETE FROM breaker_state WHERE key = $1', [key]);
    },
  };
}
