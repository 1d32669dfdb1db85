import { type PostgresQuery } from '@llm-memory-graph/service/postgres';

import { type ArchiveChange } from '../store/archive-store.ts';
import { type Extent } from './extent.ts';
import { type ObjectStorage } from './object-storage.ts';

/**
 * Brings locks and legal holds of archives to their objects. They are set in the transaction of the change, before it
 * commits: an object may be locked for nothing, but no lock is acknowledged that its object does not have.
 */
export interface Protection {
  /** Expects the transaction of the change. @throws {Error} when the storage does not keep a lock */
  apply(query: PostgresQuery, extents: readonly Extent[], change: Pick<ArchiveChange, 'hold' | 'lock'>): Promise<void>;
  /** Lifts the holds of objects of which nothing is held any more; expects a transaction of its own. */
  lift(query: PostgresQuery, extents: readonly Extent[]): Promise<void>;
}

const keysOf = (extents: readonly Extent[]): string[] => [...new Set(extents.map(([key]) => key))].sort();

/** Locks and holds that are the vault's alone. */
export const noProtection: Protection = { apply: () => Promise.resolve(), lift: () => Promise.resolve() };

export function protection(schema: string, storage: ObjectStorage): Protection {
  /** Nobody else sets or lifts the holds of these objects until the transaction ends. */
  const lockRows = (query: PostgresQuery, keys: readonly string[]): Promise<unknown> =>
    query(`SELECT 1 FROM ${schema}.object WHERE key = ANY ($1) ORDER BY key FOR UPDATE`, [keys]);

  return {
    apply: async (query, extents, { hold, lock }) => {
      if (!hold && !lock) return;
      const keys = keysOf(extents);
      await lockRows(query, keys);
      for (const key of keys) {
        if (lock && lock.until.getTime() > Date.now()) await storage.lock(key, lock);
        if (hold) await storage.hold(key, true);
      }
    },
    lift: async (query, extents) => {
      const keys = keysOf(extents);
      await lockRows(query, keys);
      for (const key of keys) {
        // Only the first object of an archive may be shared.
        const [held] = await query(
          `SELECT 1 FROM ${schema}.archive WHERE extents->0->>0 = $1 AND hold IS NOT NULL LIMIT 1`,
          [key],
        );
        if (!held) await storage.hold(key, false);
      }
    },
  };
}
