import { explainPostgres, isUndoneByAnother } from './postgres-problem.ts';
import type { PostgresClient, PostgresPool } from './postgres-pool.ts';

/** Runs one statement and gives its rows. */
export type PostgresQuery = <Row>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

/** A pool whose errors say what they mean to a client: 503 while the database cannot be reached, 507 when it is full. */
export interface PostgresDatabase {
  readonly query: PostgresQuery;
  /**
   * Runs `work` in a transaction (`READ COMMITTED`); what it throws undoes it. When the database undoes it because of
   * another transaction, `work` runs again, so it must have no effects but in the database.
   */
  transaction<T>(work: (query: PostgresQuery) => Promise<T>): Promise<T>;
}

const maxRuns = 5;

function queryOf(target: Pick<PostgresClient, 'query'>): PostgresQuery {
  return async <Row>(text: string, values: readonly unknown[] = []) => {
    const { rows } = await target.query(text, [...values]);
    return rows as Row[];
  };
}

async function runOnce<T>(client: PostgresClient, work: (query: PostgresQuery) => Promise<T>): Promise<T> {
  let broken = false;
  // A connection that breaks while it is lent also emits `error`, which ends the process when nobody listens.
  const onError = (): void => {
    broken = true;
  };
  client.on('error', onError);
  try {
    await client.query('BEGIN');
    const result = await work(queryOf(client));
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(onError);
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/** @param pool whoever made it ends it */
export function postgresDatabase(pool: PostgresPool): PostgresDatabase {
  const query = queryOf(pool);
  return {
    query: <Row>(text: string, values?: readonly unknown[]) =>
      query<Row>(text, values).catch((error: unknown): never => {
        throw explainPostgres(error);
      }),
    async transaction(work) {
      for (let run = 1; ; run += 1) {
        try {
          return await runOnce(await pool.connect(), work);
        } catch (error) {
          if (run === maxRuns || !isUndoneByAnother(error)) throw explainPostgres(error);
        }
      }
    },
  };
}
