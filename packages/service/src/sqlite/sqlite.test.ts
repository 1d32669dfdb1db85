import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { groupCommit, idempotencyMigration, openSqlite, sqliteIdempotencyStore } from '../node.ts';

const dir = mkdtempSync(join(tmpdir(), 'service-sqlite-'));
afterAll(() => rmSync(dir, { recursive: true }));
const stopped = () => 0;
const numbers = ['CREATE TABLE n (value INTEGER UNIQUE) STRICT'];

describe('openSqlite', () => {
  it('runs each migration once and syncs at every commit', () => {
    const path = join(dir, 'migrated.db');
    openSqlite({ path, migrations: numbers }).close();
    const db = openSqlite({ path, migrations: [...numbers, 'ALTER TABLE n ADD COLUMN name TEXT'] });
    expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 2 });
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(db.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    db.close();
    expect(() => openSqlite({ path, migrations: numbers })).toThrow(/migrated\.db has schema version 2/);
  });

  it('lays out a new file as told', () => {
    const layout = 'PRAGMA auto_vacuum = INCREMENTAL';
    const db = openSqlite({ path: join(dir, 'laid-out.db'), migrations: numbers, layout });
    expect(db.prepare('PRAGMA auto_vacuum').get()).toEqual({ auto_vacuum: 2 });
    db.close();
  });

  it('names the path it cannot open', () => {
    expect(() => openSqlite({ path: join(dir, 'missing', 'x.db'), migrations: [] })).toThrow(/missing/);
  });

  it('leaves nothing of a migration that fails', () => {
    const path = join(dir, 'failed.db');
    expect(() => openSqlite({ path, migrations: ['CREATE TABLE a (b); CREATE TABLE a (b)'] })).toThrow(/failed\.db/);
    const db = openSqlite({ path, migrations: [] });
    expect(db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()).toEqual({ tables: 0 });
    db.close();
  });
});

describe('groupCommit', () => {
  it('shares transactions, and undoes only the work that failed', async () => {
    const db = openSqlite({ path: ':memory:', migrations: numbers });
    const commits = groupCommit(db);
    const insert = db.prepare('INSERT INTO n VALUES (?)');
    const outcomes = await Promise.allSettled([
      commits.run(() => insert.run(1)),
      commits.run(() => {
        insert.run(2);
        insert.run(1);
      }),
      commits.run(() => insert.run(3).changes),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(db.prepare('SELECT value FROM n').all()).toEqual([{ value: 1 }, { value: 3 }]);
    commits.close();
  });

  it('rejects the whole group with the first error when SQLite ended the transaction, and goes on', async () => {
    const db = openSqlite({ path: ':memory:', migrations: numbers });
    const commits = groupCommit(db, { now: stopped });
    const insert = db.prepare('INSERT INTO n VALUES (?)');
    // OR ROLLBACK ends the transaction as a full disk does.
    const outcomes = await Promise.allSettled([
      commits.run(() => insert.run(1)),
      commits.run(() => db.exec('INSERT OR ROLLBACK INTO n VALUES (1)')),
      commits.run(() => insert.run(2)),
      commits.run(() => {
        throw new Error('a later one');
      }),
    ]);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { errstr: 'constraint failed' } });
    expect(db.prepare('SELECT value FROM n').all()).toEqual([]);
    await commits.run(() => insert.run(3));
    expect(db.prepare('SELECT value FROM n').all()).toEqual([{ value: 3 }]);
    commits.close();
  });

  it('acknowledges a commit only after the sync of the log that follows it', async () => {
    const path = join(dir, 'synced.db');
    const db = openSqlite({ path, migrations: numbers });
    const events: string[] = [];
    const commits = groupCommit(db, {
      now: stopped,
      sync: (file) =>
        new Promise((resolve) => {
          const { value } = db.prepare('SELECT count(*) AS value FROM n').get() as { value: number };
          events.push(`sync ${basename(file)} with ${String(value)}`);
          setImmediate(() => resolve(void events.push('synced')));
        }),
    });
    const insert = db.prepare('INSERT INTO n VALUES (?)');
    const write = (value: number) =>
      commits.run(() => insert.run(value)).then(() => events.push(`told ${String(value)}`));
    const first = write(1);
    await Promise.all([first, write(2)]);
    await write(3);
    const sync = (rows: number) => [`sync synced.db-wal with ${String(rows)}`, 'synced'];
    expect(events).toEqual([...sync(2), 'told 1', 'told 2', ...sync(3), 'told 3']);
    commits.close();
  });

  it('lets transactions gather while a sync is under way, for the next one', async () => {
    const db = openSqlite({ path: join(dir, 'gathered.db'), migrations: numbers });
    let syncs = 0;
    let free = (): void => undefined;
    const commits = groupCommit(db, { sync: () => new Promise((resolve) => (syncs++, (free = resolve))) });
    const insert = db.prepare('INSERT INTO n VALUES (?)');
    const all: Promise<unknown>[] = [];
    for (let value = 0; value < 5; value++) {
      all.push(commits.run(() => insert.run(value)));
      // One turn of the loop each: five transactions.
      await new Promise(setImmediate);
    }
    expect(syncs).toBe(1);
    free();
    await all[0];
    await new Promise(setImmediate);
    expect(syncs).toBe(2);
    free();
    await Promise.all(all);
    expect(syncs).toBe(2);
    commits.close();
  });

  it('takes nothing more into a transaction that has lasted, and syncs it while the next one is made', async () => {
    const path = join(dir, 'sliced.db');
    const db = openSqlite({ path, migrations: numbers });
    const other = openSqlite({ path, migrations: numbers });
    const seen: unknown[] = [];
    let ms = 0;
    const commits = groupCommit(db, {
      now: () => ms,
      sync: () => {
        seen.push(other.prepare('SELECT count(*) AS rows FROM n').get()?.['rows']);
        return new Promise((resolve) => setImmediate(resolve));
      },
    });
    const insert = db.prepare('INSERT INTO n VALUES (?)');
    const write = (value: number) =>
      commits.run(() => {
        ms += 3;
        insert.run(value);
      });
    await Promise.all([1, 2, 3, 4, 5].map(write));
    expect(seen[0]).toBe(2);
    expect(seen.at(-1)).toBe(5);
    const late = [6, 7, 8].map(write);
    commits.close();
    await Promise.all(late);
    expect(other.prepare('SELECT count(*) AS rows FROM n').get()).toEqual({ rows: 8 });
    other.close();
  });

  it('rejects for good once a sync failed: nobody knows what is on disk', async () => {
    const db = openSqlite({ path: join(dir, 'broken.db'), migrations: numbers });
    const commits = groupCommit(db, { sync: () => Promise.reject(new Error('EIO')) });
    expect(() => commits.check()).not.toThrow();
    await expect(commits.run(() => 1)).rejects.toThrow('a sync to disk failed');
    await expect(commits.run(() => 1)).rejects.toMatchObject({ cause: { message: 'EIO' } });
    expect(() => commits.check()).toThrow('a sync to disk failed');
    commits.close();
  });

  it('syncs by itself where SQLite did it before', async () => {
    const path = join(dir, 'taken-over.db');
    const db = openSqlite({ path, migrations: numbers });
    const commits = groupCommit(db);
    expect(db.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 1 });
    await commits.run(() => db.prepare('INSERT INTO n VALUES (1)').run());
    commits.close();
    const memory = openSqlite({ path: ':memory:', migrations: numbers });
    const volatile = groupCommit(memory, { sync: () => Promise.reject(new Error('there is no file')) });
    await volatile.run(() => memory.prepare('INSERT INTO n VALUES (1)').run());
    volatile.close();
  });

  it('commits what waits when it closes, then refuses', async () => {
    const path = join(dir, 'closed.db');
    const db = openSqlite({ path, migrations: numbers });
    const commits = groupCommit(db);
    const waiting = commits.run(() => db.prepare('INSERT INTO n VALUES (7)').run());
    commits.close();
    await waiting;
    await expect(commits.run(() => 1)).rejects.toThrow('closed');
    const again = openSqlite({ path, migrations: numbers });
    expect(again.prepare('SELECT value FROM n').all()).toEqual([{ value: 7 }]);
    again.close();
  });
});

describe('sqliteIdempotencyStore', () => {
  it('remembers an answer until it expires, by tenant, then drops it', async () => {
    const db = openSqlite({ path: ':memory:', migrations: [idempotencyMigration] });
    const commits = groupCommit(db);
    const store = sqliteIdempotencyStore(db, commits, () => 100);
    const answer = { fingerprint: 'f', status: 201, headers: { etag: '"1"' }, body: '{}', expiresAt: 100 };
    void store.put('a', 'k', answer);
    const written = commits.run(() => undefined);
    for (const durable of [false, true]) {
      if (durable) await written;
      expect(await store.get('a', 'k', 99)).toEqual(answer);
      expect(await store.get('a', 'k', 100)).toBeUndefined();
      expect(await store.get('b', 'k', 99)).toBeUndefined();
    }
    void store.put('a', 'other', { ...answer, expiresAt: 200 });
    await commits.run(() => undefined);
    expect(db.prepare('SELECT key FROM idempotency').all()).toEqual([{ key: 'other' }]);
    commits.close();
  });
});
