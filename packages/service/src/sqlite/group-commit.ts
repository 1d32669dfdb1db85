import type { DatabaseSync } from 'node:sqlite';
import { walSync } from './wal-sync.ts';

/** Runs writes of concurrent requests in shared transactions, so that they share the sync to disk too. */
export interface GroupCommit {
  /**
   * Runs `work` in the next transaction. Resolves once it is durable; when `work` throws, its own writes are undone and
   * those of its neighbours stand. When SQLite rolled the whole transaction back, all of it is rejected with the error
   * that came first. Rejects from the first failure to sync on: what is on disk is not known any more.
   */
  run<T>(work: () => T): Promise<T>;
  /** Rejects when a sync failed. */
  check(): void;
  /** Commits what waits and closes the database. */
  close(): void;
}

interface Waiting {
  /**
   * Does the work and returns how to report it once the transaction is durable.
   *
   * @throws what the work threw, when that ended the whole transaction
   */
  attempt(): () => void;
  fail(error: unknown): void;
}

/** False when nothing is open any more: after a full disk or an I/O error SQLite rolls back by itself. */
function undo(db: DatabaseSync, sql: string): boolean {
  try {
    db.exec(sql);
    return true;
  } catch {
    return false;
  }
}

/** What {@link groupCommit} may do otherwise. */
export interface GroupCommitOptions {
  /** Syncs the write-ahead log at this path. @default fdatasync, on another thread */
  readonly sync?: (log: string) => Promise<void>;
  /** Milliseconds of a monotonic clock. @default performance.now */
  readonly now?: () => number;
}

/**
 * A transaction takes no more work after this long: the event loop gets a turn, and what is left runs while the log is
 * being synced.
 */
const sliceMs = 5;

/** @param db in write-ahead mode, used by nobody else for writing */
export function groupCommit(db: DatabaseSync, options: GroupCommitOptions = {}): GroupCommit {
  const { now = () => performance.now() } = options;
  const log = walSync(db, options.sync);
  const savepoint = db.prepare('SAVEPOINT work');
  const release = db.prepare('RELEASE work');
  const waiting: Waiting[] = [];
  /** Committed, not yet known to be on disk. */
  let committed: { readonly item: Waiting; readonly report: () => void }[] = [];
  let scheduled: NodeJS.Immediate | undefined;
  let syncing = false;
  let closed = false;
  let broken: Error | undefined;

  const settle = (synced: typeof committed): void => {
    for (const { item, report } of synced) {
      if (broken) item.fail(broken);
      else report();
    }
  };

  /** One sync at a time; the transactions that are made meanwhile share the next one. */
  const syncCommitted = async (): Promise<void> => {
    if (syncing) return;
    syncing = true;
    while (committed.length > 0) {
      const synced = committed;
      committed = [];
      try {
        await log.sync();
      } catch (cause) {
        broken ??= new Error('a sync to disk failed; what is durable is known after a restart', { cause });
      }
      settle(synced);
    }
    syncing = false;
    if (closed) log.close();
  };

  const commit = (): void => {
    scheduled = undefined;
    const group: typeof committed = [];
    const until = now() + sliceMs;
    try {
      if (broken) throw broken;
      db.exec('BEGIN IMMEDIATE');
      for (let item = waiting[0]; item; item = now() < until ? waiting[0] : undefined) {
        group.push({ item, report: item.attempt() });
        waiting.shift();
      }
      db.exec('COMMIT');
      committed.push(...group);
    } catch (error) {
      undo(db, 'ROLLBACK');
      const failed = group.map(({ item }) => item);
      for (const item of [...failed, ...waiting.splice(0)]) item.fail(error);
    }
    if (waiting.length > 0) schedule();
    void syncCommitted();
  };
  // After the poll phase: everything that arrived in this turn of the loop shares one transaction.
  const schedule = (): void => {
    scheduled ??= setImmediate(commit);
  };

  return {
    run<T>(work: () => T): Promise<T> {
      if (closed) return Promise.reject(new Error('the store is closed'));
      return new Promise<T>((resolve, reject) => {
        waiting.push({
          attempt() {
            savepoint.run();
            try {
              const result = work();
              release.run();
              return () => resolve(result);
            } catch (error) {
              // What came after it would run outside of any transaction and be reported as undone.
              if (!undo(db, 'ROLLBACK TO work; RELEASE work')) throw error;
              return () => reject(error instanceof Error ? error : new Error(String(error)));
            }
          },
          fail: reject,
        });
        schedule();
      });
    },
    check() {
      if (broken) throw broken;
    },
    close() {
      if (closed) return;
      closed = true;
      clearImmediate(scheduled);
      while (waiting.length > 0) commit();
      clearImmediate(scheduled);
      // Closing writes the log into the database file and syncs both.
      db.close();
      if (!syncing) log.close();
    },
  };
}
