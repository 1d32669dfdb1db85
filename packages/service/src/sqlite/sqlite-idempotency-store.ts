import type { DatabaseSync } from 'node:sqlite';
import type { IdempotencyStore, RememberedAnswer } from '../idempotency/idempotency-store.ts';
import type { GroupCommit } from './group-commit.ts';

/** Migration that makes the table; part of the list of whoever owns the database. */
export const idempotencyMigration = `
  CREATE TABLE idempotency (
    tenant TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, status INTEGER NOT NULL,
    headers TEXT NOT NULL, body TEXT NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, key)
  ) STRICT`;

interface Row {
  readonly fingerprint: string;
  readonly status: number;
  readonly headers: string;
  readonly body: string;
  readonly expires_at: number;
}

const slotOf = (tenant: string, key: string): string => JSON.stringify([tenant, key]);

/**
 * Remembers answers beside the data they belong to. `put` does not wait for the disk: the answer joins the next
 * transaction, and until that is durable it is found in memory.
 *
 * @param now wall clock, ms since the epoch; by it expired answers are dropped, a few with every write
 */
export function sqliteIdempotencyStore(db: DatabaseSync, commits: GroupCommit, now: () => number): IdempotencyStore {
  const select = db.prepare(
    'SELECT fingerprint, status, headers, body, expires_at FROM idempotency WHERE tenant = ? AND key = ? AND expires_at > ?',
  );
  const insert = db.prepare('INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?, ?, ?)');
  // Answers live equally long, so the oldest rows expire first and no index on the time is needed.
  const expire = db.prepare(
    `DELETE FROM idempotency WHERE expires_at <= ?
       AND rowid IN (SELECT rowid FROM idempotency ORDER BY rowid LIMIT 2)`,
  );
  const pending = new Map<string, RememberedAnswer>();

  return {
    get(tenant, key, at) {
      const fresh = pending.get(slotOf(tenant, key));
      if (fresh) return fresh.expiresAt > at ? fresh : undefined;
      const row = select.get(tenant, key, at) as Row | undefined;
      if (!row) return undefined;
      const { fingerprint, status, body } = row;
      const headers = JSON.parse(row.headers) as RememberedAnswer['headers'];
      return { fingerprint, status, headers, body, expiresAt: row.expires_at };
    },
    put(tenant, key, answer) {
      const { fingerprint, status, headers, body, expiresAt } = answer;
      const slot = slotOf(tenant, key);
      pending.set(slot, answer);
      const written = commits.run(() => {
        expire.run(now());
        insert.run(tenant, key, fingerprint, status, JSON.stringify(headers), body, expiresAt);
      });
      const settle = (): void => {
        if (pending.get(slot) === answer) pending.delete(slot);
      };
      // An answer that cannot be written is forgotten, as after a crash: its request was done all the same.
      written.then(settle, settle);
    },
  };
}
