import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPostgres, postgresBinary, startPostgres, type TestPostgres } from '../../../../postgres.shared.ts';
import { explainPostgres } from './postgres-problem.ts';
import { migratePostgres } from './migrate-postgres.ts';
import { postgresDatabase } from './postgres-database.ts';

describe.skipIf(!hasPostgres)(`postgresDatabase (needs ${postgresBinary})`, () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  }, 120_000);
  afterAll(() => server.stop(), 60_000);

  it('migrates script by script, each once', async () => {
    const database = postgresDatabase(server.pool());
    const schema = 'steps';
    await migratePostgres(database, { schema, migrations: ['CREATE TABLE a (n integer)'] });
    const both = ['CREATE TABLE a (n integer)', 'CREATE TABLE b (n integer); INSERT INTO b VALUES (1)'];
    await Promise.all([1, 2, 3].map(() => migratePostgres(database, { schema, migrations: both })));
    expect(await database.query('SELECT n FROM steps.b')).toEqual([{ n: 1 }]);
    await expect(migratePostgres(database, { schema, migrations: [...both, 'nonsense'] })).rejects.toThrow('syntax');
    expect(await database.query('SELECT count(*)::int AS n FROM steps.migration')).toEqual([{ n: 2 }]);
  });

  it('migrates once when processes start together, again and again', async () => {
    const databases = [server.pool(), server.pool(), server.pool()].map((pool) => postgresDatabase(pool));
    for (let round = 0; round < 10; round++) {
      const migration = { schema: `together_${String(round)}`, migrations: ['CREATE TABLE a (n integer)'] };
      await Promise.all(databases.map((database) => migratePostgres(database, migration)));
    }
    expect(await databases[0]?.query('SELECT count(*)::int AS n FROM together_9.migration')).toEqual([{ n: 1 }]);
  });

  it('undoes a transaction that fails', async () => {
    const database = postgresDatabase(server.pool());
    await database.query('CREATE TABLE undone (n integer)');
    const failed = database.transaction(async (query) => {
      await query('INSERT INTO undone VALUES (1)');
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(await database.query('SELECT n FROM undone')).toEqual([]);
  });

  it('runs a transaction again that lost a deadlock', async () => {
    const database = postgresDatabase(server.pool());
    await database.query('CREATE TABLE pair (id integer PRIMARY KEY, n integer NOT NULL)');
    await database.query('INSERT INTO pair VALUES (1, 0), (2, 0)');
    const bothHoldOne = Promise.withResolvers<void>();
    let holding = 0;
    let runs = 0;
    const raise = (first: number, second: number) =>
      database.transaction(async (query) => {
        runs += 1;
        await query('UPDATE pair SET n = n + 1 WHERE id = $1', [first]);
        if (++holding === 2) bothHoldOne.resolve();
        await bothHoldOne.promise;
        await query('UPDATE pair SET n = n + 1 WHERE id = $1', [second]);
      });
    await Promise.all([raise(1, 2), raise(2, 1)]);
    // The database may end both of them.
    expect(runs).toBeGreaterThan(2);
    expect(await database.query('SELECT n FROM pair')).toEqual([{ n: 2 }, { n: 2 }]);
  });

  it('tells a full or missing database from a fault', () => {
    const coded = (code: string) => explainPostgres(Object.assign(new Error('x'), { code }));
    expect(coded('53100')).toMatchObject({ status: 507 });
    for (const code of ['57P01', '53300', '08006', 'ECONNREFUSED'])
      expect(coded(code), code).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(explainPostgres(new Error('Connection terminated unexpectedly'))).toMatchObject({ status: 503 });
    const own = Object.assign(new Error('x'), { code: '23505' });
    expect(explainPostgres(own)).toBe(own);
  });
});
