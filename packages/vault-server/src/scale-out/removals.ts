import { type PostgresDatabase } from '@llm-memory-graph/service/postgres';

import { type ObjectStorage } from './object-storage.ts';
import { type ObjectTable, type Removal } from './object-table.ts';

/** What became of the objects that nobody counts on. */
export interface RemovalReport {
  readonly removed: number;
  /** Not yet: a lock or a hold forbids it. They are tried again an hour later. */
  readonly locked: number;
  /** Not yet: the storage could not be reached or refused. They are tried again. */
  readonly failed: number;
}

/** Removes objects whose archives are gone. Several processes may do so at the same time; they share the work. */
export interface Removals {
  /** Removes all that is due. */
  run(): Promise<RemovalReport>;
  /** Begins to remove in the background; what fails is left to the next run. */
  readonly start: () => void;
  /** Resolves when nothing runs in the background. */
  idle(): Promise<void>;
}

/** How many are taken and removed at a time. */
const batch = 16;

export interface RemovalParts {
  readonly database: PostgresDatabase;
  readonly objects: ObjectTable;
  readonly storage: ObjectStorage;
  /** Whether objects may be under holds, which have to be lifted. */
  readonly objectLock: boolean;
}

export function removals({ database, objects, storage, objectLock }: RemovalParts): Removals {
  const { query } = database;
  let running: Promise<void> | undefined;
  let again = false;

  const remove = async ({ key, parts_id: partsId }: Removal): Promise<keyof RemovalReport> => {
    try {
      if (partsId !== null) await storage.abortParts(key, partsId);
      // Nobody counts on the object, so no hold of the vault stands on it; the storage may not know yet.
      if (objectLock && (await storage.size(key)) !== undefined) await storage.hold(key, false);
      return (await storage.remove(key)) ? 'removed' : 'locked';
    } catch {
      return 'failed';
    }
  };

  const run = async (): Promise<RemovalReport> => {
    const report = { removed: 0, locked: 0, failed: 0 };
    for (;;) {
      const taken = await objects.takeRemovals(query, batch);
      const outcomes = await Promise.all(taken.map(remove));
      const keys = (wanted: keyof RemovalReport): string[] =>
        taken.filter((_, i) => outcomes[i] === wanted).map(({ key }) => key);
      await objects.removed(query, keys('removed'));
      await objects.postpone(query, keys('locked'));
      for (const outcome of outcomes) report[outcome] += 1;
      if (taken.length < batch) return report;
    }
  };

  const drain = async (): Promise<void> => {
    do {
      again = false;
      await run().catch(() => undefined);
    } while (again as boolean);
    running = undefined;
  };

  return {
    run,
    start: () => {
      again = true;
      running ??= drain();
    },
    idle: async () => {
      await running;
    },
  };
}
