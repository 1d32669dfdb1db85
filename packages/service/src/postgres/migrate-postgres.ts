import type { PostgresDatabase } from './postgres-database.ts';

/** What {@link migratePostgres} brings up to date. */
export interface PostgresMigration {
  /** Schema of the tables: a lower-case SQL name of at most 63 characters. */
  readonly schema: string;
  /** SQL scripts in order; each runs once. Only ever append to the list. */
  readonly migrations: readonly string[];
}

/** @throws {TypeError} naming the option and its value */
export function checkSchema(schema: string): void {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
    throw new TypeError(`\`schema\` must be a lower-case SQL name of at most 63 characters, got "${schema}"`);
}

/**
 * Makes the tables, or brings them up to date; processes that start at the same time do so one after the other. Once
 * that is done nothing is changed, so that a later start needs no right to.
 *
 * @throws {TypeError} when the schema is no name
 * @throws {Error} when the tables were made by a newer program
 */
export async function migratePostgres(database: PostgresDatabase, migration: PostgresMigration): Promise<void> {
  const { schema, migrations } = migration;
  checkSchema(schema);
  const [known] = await database.query<{ known: boolean }>('SELECT to_regclass($1) IS NOT NULL AS known', [
    `${schema}.migration`,
  ]);
  const current = 'SELECT coalesce(max(version), 0) AS version FROM';
  const versionIn = async (query: PostgresDatabase['query']): Promise<number> => {
    const [row] = await query<{ version: number }>(`${current} ${schema}.migration`);
    return row?.version ?? 0;
  };
  if (known?.known) {
    const version = await versionIn(database.query);
    if (version === migrations.length) return;
    if (version > migrations.length)
      throw new Error(
        `schema ${schema} has version ${String(version)}, this program knows up to ${String(migrations.length)}`,
      );
  }
  await database.transaction(async (query) => {
    await query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`llm-memory-graph/${schema}`]);
    // `IF NOT EXISTS` would believe what this session knew before it waited for the lock; a look at the table does not.
    const [there] = await query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
    if (!there) await query(`CREATE SCHEMA ${schema}`);
    await query(`CREATE TABLE IF NOT EXISTS ${schema}.migration (version integer PRIMARY KEY)`);
    await query(`SET LOCAL search_path TO ${schema}`);
    // Another process may have been here while this one waited for the lock.
    const version = await versionIn(query);
    for (const [i, script] of migrations.entries()) {
      if (i < version) continue;
      await query(script);
      await query('INSERT INTO migration VALUES ($1)', [i + 1]);
    }
  });
}
