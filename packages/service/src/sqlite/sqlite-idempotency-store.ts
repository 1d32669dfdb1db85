import type { DatabaseSync } from 'node:sqlite';
import type { IdempotencyStore, RememberedAnswer } from '../idempotency/idempotency-store.ts';
import type { GroupCommit } from './group-commit.ts';

/** Migration that makes the table; part of the list of whoever owns the database. */
export const idempotencyMigration = `
  CREATE TABLE idempotency (
    tenant TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, status INTEGER NOT NULL,
    headers TEXT NOT NULL, body TEXT NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, key)
  ) STRICT;
  CREATE INDEX idempotency_by_expiry ON idempotency (expires_at)`;

interface Row {
  readonly fingerprint: string;
  readonly status: number;
  readonly headers: string;
  readonly body: string;
  readonly expires_at: number;
}

/**
 * Remembers answers beside the data they belong to.
 *
 * @param now wall clock, ms since the epoch; by it expired answers are dropped, a few with every write
 */
export function sqliteIdempotencyStore(db: DatabaseSync, commits: GroupCommit, now: () => number): IdempotencyStore {
  const select = db.prepare(
    'SELECT fingerprint, status, headers, body, expires_at FROM idempotency WHERE tenant = ? AND key = ? AND expires_at > ?',
  );
  const insert = db.prepare('INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?, ?, ?)');
  const expire = db.prepare(
    'DELETE FROM idempotency WHERE rowid IN (SELECT rowid FROM idempotency WHERE expires_at <= ? LIMIT 2)',
  );
  return {
    get(tenant, key, at) {
      const row = select.get(tenant, key, at) as Row | undefined;
      if (!row) return undefined;
      const { fingerprint, status, body } = row;
      const headers = JSON.parse(row.headers) as RememberedAnswer['headers'];
      return { fingerprint, status, headers, body, expiresAt: row.expires_at };
    },
    put(tenant, key, { fingerprint, status, headers, body, expiresAt }) {
      return commits.run(() => {
        expire.run(now());
        insert.run(tenant, key, fingerprint, status, JSON.stringify(headers), body, expiresAt);
      });
    },
  };
}
