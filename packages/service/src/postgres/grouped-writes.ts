import { isProblemError } from '../problem-error.ts';

/** Writes of concurrent requests that share a transaction, and with it round trips and the sync to disk. */
export interface GroupedWrites<Item, Result> {
  /** Resolves once the group with the item is durable. */
  readonly add: (item: Item) => Promise<Result>;
  /** Resolves when nothing waits or runs. */
  readonly idle: () => Promise<void>;
}

/** How large a group gets. */
export interface GroupLimits<Item> {
  /** Most items of a group. */
  readonly maxItems: number;
  /** Most weight of a group of several items. @default unlimited */
  readonly maxWeight?: number;
  /** Weight of an item. @default 0 */
  readonly weigh?: (item: Item) => number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs `write` on the items that arrived while the group before was written; nobody waits for a timer. When a group
 * fails because of one of its items, each is written alone, so that it fails alone.
 *
 * @param write gives the results in the order of the items
 */
export function groupedWrites<Item, Result>(
  write: (items: readonly Item[]) => Promise<readonly Result[]>,
  { maxItems, maxWeight = Infinity, weigh = () => 0 }: GroupLimits<Item>,
): GroupedWrites<Item, Result> {
  const waiting: Waiting<Item, Result>[] = [];
  let running: Promise<void> | undefined;

  const nextGroup = (): Waiting<Item, Result>[] => {
    let weight = 0;
    let size = 0;
    for (const { item } of waiting) {
      weight += weigh(item);
      if (size === maxItems || (size > 0 && weight > maxWeight)) break;
      size += 1;
    }
    return waiting.splice(0, size);
  };

  const writeGroup = async (group: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await write(group.map(({ item }) => item));
      group.forEach(({ resolve }, i) => resolve(results[i] as Result));
    } catch (error) {
      // A problem (the database is away or full) is nobody's own; trying each alone would only prolong it.
      if (group.length === 1 || isProblemError(error)) for (const { reject } of group) reject(error);
      else for (const one of group) await writeGroup([one]);
    }
  };

  const drain = async (): Promise<void> => {
    // Everything that arrives in this turn of the loop belongs to the first group.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) await writeGroup(nextGroup());
    running = undefined;
  };

  return {
    add: (item) =>
      new Promise<Result>((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        running ??= drain();
      }),
    idle: async () => {
      await running;
    },
  };
}
