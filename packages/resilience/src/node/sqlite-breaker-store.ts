import type { DatabaseSync } from 'node:sqlite';
import type { BreakerStateStore } from '../circuit-breaker/store/breaker-state-store.ts';

/**
 * Keeps circuits in the table `breaker_state` of a SQLite database, which is created if missing. Processes on one
 * machine may share the file.
 *
 * @param database an open database; the caller closes it.
 */
export function sqliteBreakerStore(database: DatabaseSync): BreakerStateStore {
  database.exec(
    'CREATE TABLE IF NOT EXISTS breaker_state (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, state TEXT NOT NULL) STRICT',
  );
  const select = database.prepare('SELECT revision, state FROM breaker_state WHERE key = ?');
  const insert = database.prepare(
    'INSERT INTO breaker_state (key, revision, state) VALUES (?, 1, ?) ON CONFLICT (key) DO NOTHING',
  );
  const update = database.prepare(
    'UPDATE breaker_state SET revision = revision + 1, state = ? WHERE key = ? AND revision = ?',
  );
  const remove = database.prepare('DELETE FROM breaker_state WHERE key = ?');

  return {
    load: async (key) => {
      const row = await Promise.resolve(select.get(key));
      return row && { revision: Number(row['revision']), state: readJson(String(row['state'])) };
    },
    save: async (key, state, revision) => {
      const json = JSON.stringify(state);
      const saved = await Promise.resolve(revision === 0 ? insert.run(key, json) : update.run(json, key, revision));
      return Number(saved.changes) === 1 ? revision + 1 : undefined;
    },
    delete: async (key) => {
      await Promise.resolve(remove.run(key));
    },
  };
}

/** What is not JSON is handed on as it is: restoring it reports it. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
