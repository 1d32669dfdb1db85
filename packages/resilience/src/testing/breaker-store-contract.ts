import type { BreakerSnapshot } from '../circuit-breaker/breaker-snapshot.ts';
import type { BreakerStateStore } from '../circuit-breaker/store/breaker-state-store.ts';

/** One rule of the contract. `check` throws when a store breaks it. */
export interface BreakerStoreRule {
  readonly title: string;
  readonly check: (store: BreakerStateStore) => Promise<void>;
}

const open: BreakerSnapshot = {
  version: 1,
  state: 'open',
  hold: null,
  tally: 0,
  openings: 2,
  openForMs: 60_000,
  at: 1_900_000_000_000.5,
  window: [[1.5, 3, 2, 1]],
};
const closed: BreakerSnapshot = { ...open, state: 'closed', hold: 'isolated', window: [] };

function expectEqual(actual: unknown, expected: unknown): void {
  const [a, b] = [canonical(actual), canonical(expected)];
  if (a !== b) throw new Error(`expected ${b}, got ${a}`);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

/**
 * What every `BreakerStateStore` must do. Run each rule against a fresh, empty store.
 *
 * @example
 * ```ts
 * describe.each(breakerStoreContract)('$title', ({ check }) => it('holds', () => check(myStore())));
 * ```
 */
export const breakerStoreContract: readonly BreakerStoreRule[] = [
  {
    title: 'an unknown key has no state',
    check: async (store) => expectEqual(await store.load('nobody'), undefined),
  },
  {
    title: 'gives back what was saved, with revisions from 1',
    check: async (store) => {
      expectEqual(await store.save('a', open, 0), 1);
      expectEqual(await store.load('a'), { state: open, revision: 1 });
      expectEqual(await store.save('a', closed, 1), 2);
      expectEqual(await store.load('a'), { state: closed, revision: 2 });
    },
  },
  {
    title: 'refuses to save over a revision the caller has not seen',
    check: async (store) => {
      await store.save('a', open, 0);
      expectEqual(await store.save('a', closed, 0), undefined);
      expectEqual(await store.save('a', closed, 7), undefined);
      expectEqual(await store.load('a'), { state: open, revision: 1 });
    },
  },
  {
    title: 'lets exactly one of many simultaneous saves through',
    check: async (store) => {
      const saves = await Promise.all(Array.from({ length: 8 }, () => store.save('a', open, 0)));
      expectEqual(saves.filter((revision) => revision === 1).length, 1);
    },
  },
  {
    title: 'keeps keys apart, whatever is in them',
    check: async (store) => {
      const keys = ['', '../a', 'a/b', 'A', 'a', "'; --", 'ключ', 'x'.repeat(500)];
      for (const [index, key] of keys.entries()) expectEqual(await store.save(key, { ...open, tally: index }, 0), 1);
      for (const [index, key] of keys.entries()) {
        expectEqual(await store.load(key), { state: { ...open, tally: index }, revision: 1 });
      }
    },
  },
  {
    title: 'forgets what is deleted',
    check: async (store) => {
      await store.save('a', open, 0);
      await store.delete('a');
      await store.delete('a');
      expectEqual(await store.load('a'), undefined);
      expectEqual(await store.save('a', open, 0), 1);
    },
  },
];
