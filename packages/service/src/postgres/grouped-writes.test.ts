import { describe, expect, it } from 'vitest';
import { problem } from '../problem-error.ts';
import { groupedWrites, type GroupLimits } from './grouped-writes.ts';

/** Records the groups and doubles each number; refuses 13, and fails as a whole on 99. */
function doubling(limits: GroupLimits<number> = { maxItems: 10 }) {
  const groups: number[][] = [];
  const { add, idle } = groupedWrites<number, number>(async (items) => {
    groups.push([...items]);
    if (items.includes(13)) throw new Error('13');
    if (items.includes(99)) throw problem(503, 'unavailable', 'away');
    return items.map((item) => 2 * item);
  }, limits);
  return { groups, add, idle };
}

describe('groupedWrites', () => {
  it('writes together what arrives together, and next what arrived meanwhile', async () => {
    const { groups, add, idle } = doubling();
    const first = Promise.all([1, 2, 3].map(add));
    const second = add(4).then(() => Promise.all([5, 6].map(add)));
    expect(await first).toEqual([2, 4, 6]);
    expect(await second).toEqual([10, 12]);
    await idle();
    expect(groups).toEqual([
      [1, 2, 3, 4],
      [5, 6],
    ]);
  });

  it('keeps to its limits, but an item above them goes alone', async () => {
    const few = doubling({ maxItems: 2 });
    await Promise.all([1, 2, 3].map(few.add));
    expect(few.groups).toEqual([[1, 2], [3]]);
    const light = doubling({ maxItems: 10, maxWeight: 5, weigh: (item) => item });
    await Promise.all([2, 3, 1, 7, 1].map(light.add));
    expect(light.groups).toEqual([[2, 3], [1], [7], [1]]);
  });

  it('lets an item fail alone, but not when the database is at fault', async () => {
    const { groups, add } = doubling();
    const results = await Promise.allSettled([1, 13, 2].map(add));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(groups).toEqual([[1, 13, 2], [1], [13], [2]]);
    const away = await Promise.allSettled([1, 99].map(add));
    expect(away.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(groups).toHaveLength(5);
    expect(await add(3)).toBe(6);
  });
});
