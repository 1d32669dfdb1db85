import type { DatabaseSync } from 'node:sqlite';

/** Runs writes of concurrent requests in shared transactions, so that they share the sync to disk too. */
export interface GroupCommit {
  /**
   * Runs `work` in the next transaction. Resolves once it is durable; when `work` throws, its own writes are undone and
   * those of its neighbours stand. When SQLite rolled the whole transaction back, all of it is rejected with the error
   * that came first.
   */
  run<T>(work: () => T): Promise<T>;
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

/** @param db used by nobody else for writing */
export function groupCommit(db: DatabaseSync): GroupCommit {
  let waiting: Waiting[] = [];
  let scheduled: NodeJS.Immediate | undefined;
  let closed = false;

  const commit = (): void => {
    scheduled = undefined;
    const group = waiting;
    waiting = [];
    if (group.length === 0) return;
    try {
      db.exec('BEGIN IMMEDIATE');
      const reports = group.map((item) => item.attempt());
      db.exec('COMMIT');
      for (const report of reports) report();
    } catch (error) {
      undo(db, 'ROLLBACK');
      for (const item of group) item.fail(error);
    }
  };

  return {
    run<T>(work: () => T): Promise<T> {
      if (closed) return Promise.reject(new Error('the store is closed'));
      return new Promise<T>((resolve, reject) => {
        waiting.push({
          attempt() {
            db.exec('SAVEPOINT work');
            try {
              const result = work();
              db.exec('RELEASE work');
              return () => resolve(result);
            } catch (error) {
              // What came after it would run outside of any transaction and be reported as undone.
              if (!undo(db, 'ROLLBACK TO work; RELEASE work')) throw error;
              return () => reject(error instanceof Error ? error : new Error(String(error)));
            }
          },
          fail: reject,
        });
        // After the poll phase: everything that arrived in this turn of the loop shares one transaction.
        scheduled ??= setImmediate(commit);
      });
    },
    close() {
      if (closed) return;
      closed = true;
      clearImmediate(scheduled);
      commit();
      db.close();
    },
  };
}
