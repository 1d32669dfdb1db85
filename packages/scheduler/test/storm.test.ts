import { describe, expect, it } from 'vitest';
import { mutants, type Mutant } from './kit/mutants.ts';
import { storm } from './kit/storm.ts';

const unchanged: Mutant = (ports) => ports;
const seeds = Array.from({ length: Number(process.env['FAULTS_STORMS'] ?? 12) }, (_, i) => i + 1);

describe('S1 to S7: a storm of faults', () => {
  it.each(seeds)('does no harm; seed %i', async (seed) => {
    expect(await storm(seed, unchanged), `replay: storm(${String(seed)})`).toEqual([]);
  });
});

describe('S8: the same storms are noticed by a scheduler that is wrong', () => {
  it.each(Object.keys(mutants))('%s', async (name) => {
    for (const seed of seeds) {
      const found = await storm(seed, mutants[name]!).catch((error: unknown) => [String(error)]);
      if (found.length > 0) return;
    }
    expect.unreachable(`no storm of ${String(seeds.length)} noticed it`);
  });
});
