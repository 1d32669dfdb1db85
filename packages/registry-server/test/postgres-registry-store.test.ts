import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPostgres, postgresBinary, startPostgres, type TestPostgres } from '../../../postgres.shared.ts';
import type { NewSession, RegistryStore, UsageRecord } from '../src/index.ts';
import { postgresRegistryStore } from '../src/postgres/index.ts';
import { registryStoreContract } from './registry-store-contract.ts';

const session = (sessionId: string, fingerprint = 'f'): NewSession => {
  const start = { startedAt: '2026-01-01T00:00:00Z', startedMs: 1767225600000, metadata: '{}', tags: ['x'] };
  return { sessionId, modelId: 'm', modelVersion: '', fingerprint, ...start };
};
const report = (sessionId: string, reportKey: string): UsageRecord => {
  const counts = { promptTokens: 2n, completionTokens: 1n, totalTokens: 3n, latencyMs: 10n };
  return { sessionId, reportKey, modelId: '', ...counts, timestampMs: 5, metadata: '{}' };
};
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe.skipIf(!hasPostgres)(`postgresRegistryStore (needs ${postgresBinary})`, () => {
  let server: TestPostgres;
  let schemas = 0;
  beforeAll(async () => {
    server = await startPostgres();
  }, 120_000);
  afterAll(() => server.stop(), 60_000);

  const fresh = (): string => `registry_${String(schemas++)}`;
  const open = (schema = fresh()): Promise<RegistryStore> => postgresRegistryStore({ pool: server.pool(), schema });
  /** Two processes over one database, as far as the database can tell. */
  const two = async (): Promise<[RegistryStore, RegistryStore]> => {
    const schema = fresh();
    return Promise.all([open(schema), open(schema)]);
  };

  const pool = () => server.pool();
  describe('as a RegistryStore', () => {
    let shared: ReturnType<typeof pool>;
    beforeAll(() => {
      shared = pool();
    });
    registryStoreContract(() => postgresRegistryStore({ pool: shared, schema: fresh() }));
  });

  describe('over one database', () => {
    it('is made once when many processes start together, and again without harm', async () => {
      const schema = fresh();
      const stores = await Promise.all(numbers(5).map(() => open(schema)));
      await stores[0]?.register('t', session('s'));
      const again = await open(schema);
      expect(await again.session('t', 's')).toMatchObject({ sessionId: 's', tags: ['x'], startedMs: 1767225600000 });
    });

    it('registers a session once, whichever process it comes to, and tells all others what stands', async () => {
      const [a, b] = await two();
      const ids = numbers(60).map((i) => `s-${String(i)}`);
      const asked = [
        ...ids.map((id) => a.register('t', session(id, 'a'))),
        ...ids.map((id) => b.register('t', session(id, 'b'))),
      ];
      const answers = await Promise.all(asked);
      for (const [i, id] of ids.entries()) {
        const pair = [answers[i]!, answers[i + ids.length]!];
        expect(pair.map(({ outcome }) => outcome).sort(), id).toEqual(['created', 'different']);
        expect(pair[0]!.session).toEqual(pair[1]!.session);
      }
      expect((await a.sessions('t', {}, { limit: 100, offset: 0 })).total).toBe(60);
    });

    it('counts a report once that comes to two processes at the same time, and every other one too', async () => {
      const [a, b] = await two();
      for (const id of ['s', 'u']) await a.register('t', session(id));
      const both = numbers(50).flatMap((i) =>
        [a, b].map((store) => store.recordUsage('t', [report('s', String(i)), report('u', String(i))])),
      );
      const own = [a, b].flatMap((store, n) =>
        numbers(25).map((i) => store.recordUsage('t', [report('s', `${String(n)}/${String(i)}`)])),
      );
      const outcomes = (await Promise.all([...both, ...own])).flat();
      expect(outcomes.filter((outcome) => outcome === 'counted')).toHaveLength(150);
      expect(outcomes.filter((outcome) => outcome === 'duplicate')).toHaveLength(100);
      expect(await b.sessionUsage('t', 's')).toMatchObject({ reports: 100n, totalTokens: 300n, latencyCount: 100n });
      expect(await a.modelUsage('t', 'm')).toMatchObject({ reports: 150n, promptTokens: 300n, firstMs: 5, lastMs: 5 });
    });

    it('keeps totals right while sessions are deleted from under their reports', async () => {
      const [a, b] = await two();
      const ids = numbers(20).map((i) => `s-${String(i)}`);
      await Promise.all(ids.map((id) => a.register('t', session(id))));
      const work = ids.flatMap((id, i) => [
        ...numbers(5).map((n) =>
          a.recordUsage('t', [report(id, `a${String(n)}`), report(ids[(i + 7) % 20]!, `x${String(n)}`)]),
        ),
        ...numbers(5).map((n) =>
          b.recordUsage('t', [report(ids[(i + 7) % 20]!, `b${String(n)}`), report(id, `c${String(n)}`)]),
        ),
        ...(i % 2 === 0 ? [b.deleteSession('t', id)] : []),
      ]);
      await Promise.all(work);
      const left = await a.sessions('t', {}, { limit: 100, offset: 0 });
      expect(left.total).toBe(10);
      const reports = left.items.reduce((sum, item) => sum + item.reports, 0n);
      expect(reports).toBe(200n);
      expect(await b.modelUsage('t', 'm')).toMatchObject({ reports, totalTokens: 3n * reports, latencyCount: reports });
      for (const id of ids.filter((_, i) => i % 2 === 1)) await b.deleteSession('t', id);
      expect(await a.modelUsage('t', 'm')).toMatchObject({ reports: 0n, totalTokens: 0n, firstMs: null });
    });

    it('loses no change of state between processes', async () => {
      const [a, b] = await two();
      await a.register('t', session('s'));
      const count = (store: RegistryStore) =>
        store.changeState('t', 's', ({ endedMs }) => ({ status: 'failed', endedMs: (endedMs ?? 0) + 1 }));
      await Promise.all(numbers(40).map((i) => count(i % 2 === 0 ? a : b)));
      expect(await a.session('t', 's')).toMatchObject({ status: 'failed', endedMs: 40 });
    });

    it('remembers answers for every process', async () => {
      const [a, b] = await two();
      const answer = { fingerprint: 'f', status: 201, headers: { a: 'b' }, body: '{}', expiresAt: Date.now() + 60_000 };
      await Promise.all(numbers(10).map(async (i) => a.idempotency.put('t', String(i % 5), answer)));
      expect(await b.idempotency.get('t', '4', Date.now())).toEqual(answer);
      expect(await b.idempotency.get('t', '4', answer.expiresAt)).toBeUndefined();
    });
  });

  it('forgets answers that expired', async () => {
    const schema = fresh();
    let now = 1000;
    const connections = server.pool();
    const store = await postgresRegistryStore({ pool: connections, schema, now: () => now });
    const answer = { fingerprint: 'f', status: 201, headers: {}, body: '', expiresAt: 2000 };
    await store.idempotency.put('t', 'old', answer);
    now = 3000;
    await store.idempotency.put('t', 'new', { ...answer, expiresAt: 4000 });
    const { rows } = await connections.query(`SELECT key FROM ${schema}.idempotency`);
    expect(rows).toEqual([{ key: 'new' }]);
  });

  it('lets one write fail alone that the database refuses', async () => {
    const store = await open();
    const results = await Promise.allSettled([
      store.register('t', session('a')),
      store.register('t', { ...session('b'), startedMs: 0.5 }),
      store.register('t', session('c')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('answers 503 while the database is away, and goes on when it is back', async () => {
    const connections = server.pool();
    const store = await postgresRegistryStore({ pool: connections, schema: fresh() });
    await store.register('t', session('s'));
    const nowhere = new pg.Pool({ host: '/nowhere' });
    await expect(postgresRegistryStore({ pool: nowhere })).rejects.toMatchObject({ status: 503 });
    await nowhere.end();
    // The server ends every connection, lent ones too: nothing may escape, and the next writes find new ones.
    const writes = numbers(20).map((i) =>
      store.register('t', session(`s-${String(i)}`)).catch((error: unknown) => error),
    );
    await server
      .pool()
      .query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = $1',
        ['client backend'],
      );
    for (const outcome of await Promise.all(writes))
      expect(outcome instanceof Error ? (outcome as unknown as { status: number }).status : 503).toBe(503);
    await expect
      .poll(() =>
        store.check().then(
          () => 'ok',
          () => 'away',
        ),
      )
      .toBe('ok');
    expect((await store.register('t', session('s'))).outcome).toBe('same');
  });

  it('refuses a bad schema by name, and a database of a newer release', async () => {
    await expect(open('Robert"; DROP')).rejects.toThrow(
      '`schema` must be a lower-case SQL name of at most 63 characters',
    );
    const schema = fresh();
    await open(schema);
    await server.pool().query(`INSERT INTO ${schema}.migration VALUES (99)`);
    await expect(open(schema)).rejects.toThrow(`schema ${schema} has version 99`);
  });
});
