import { type DatabaseSync } from 'node:sqlite';

import { type GroupCommit } from '@llm-memory-graph/service/node';

import { type PackTable } from './pack-table.ts';

/** Puts packs together that became small, and gives room that became free back to the file system. */
export interface Compaction {
  /** Tells of a pack that was written or changed; many of them start a run in the background. */
  readonly touched: (position: number) => void;
  /** Works through everything that was touched before the call, in short transactions. One run at a time. */
  run(): Promise<void>;
  /** After the step under way. */
  stop(): void;
}

/** Packs touched before a run begins: less is not worth a look at all that stand behind the first of them. */
const worthwhile = 1024;
const packsPerStep = 32;
const pagesPerStep = 256;
/** Free pages that stay for what comes next. */
const freePagesKept = 1024;

export function compaction(db: DatabaseSync, commits: GroupCommit, packs: PackTable): Compaction {
  const free = db.prepare('PRAGMA freelist_count');
  // Whatever an earlier process left is looked at in the first run.
  let from: number | undefined = 0;
  let touches = 0;
  let running: Promise<void> | undefined;
  let stopped = false;

  const joinAll = async (): Promise<void> => {
    let next = from;
    from = undefined;
    touches = 0;
    while (next !== undefined && !stopped) {
      const at = next;
      next = await commits.run(() => packs.join(at, packsPerStep));
    }
  };
  const giveBack = async (): Promise<void> => {
    while (!stopped && (free.get()?.['freelist_count'] as number) >= freePagesKept + pagesPerStep)
      await commits.run(() => {
        db.exec(`PRAGMA incremental_vacuum(${pagesPerStep})`);
      });
  };
  const start = (): Promise<void> =>
    (running ??= joinAll()
      .then(giveBack)
      .finally(() => (running = undefined)));

  return {
    touched: (position) => {
      from = Math.min(from ?? position, position);
      touches += 1;
      // A run that fails, on a full disk above all, changed nothing; the next one tries again.
      if (touches >= worthwhile && !stopped) start().catch(() => undefined);
    },
    run: async () => {
      await running?.catch(() => undefined);
      await start();
    },
    stop: () => {
      stopped = true;
    },
  };
}
