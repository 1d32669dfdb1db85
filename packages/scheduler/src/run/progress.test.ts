import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Progress } from './progress.ts';

it('S5: the cursor is the last place before which everything is finished', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.nat(19)), (count, order) => {
      const refs = Array.from({ length: count }, (_, i) => ({ id: `s${i}`, version: 1, updatedAt: new Date(i) }));
      const progress = new Progress(undefined);
      progress.add(refs);
      const finished = new Set<number>();
      for (const i of order) {
        progress.finish(`s${i}`);
        if (i < count) finished.add(i);
        let upTo = 0;
        while (finished.has(upTo)) upTo++;
        expect(progress.cursor?.id).toBe(upTo === 0 ? undefined : `s${upTo - 1}`);
        expect(progress.size).toBe(count - upTo);
      }
    }),
  );
});
