import { describe, expect, it } from 'vitest';
import { failpointNames, type FailpointName } from '../src/index.ts';
import { Disk, runsSource } from './kit/disk.ts';

const sessions = 12;
const perBatch: readonly FailpointName[] = [
  'after-claim',
  'before-put',
  'after-put-before-ack',
  'after-ack',
  'before-verify',
  'after-verify',
  'after-checkpoint',
  'before-prune',
];

/** The first, one in the middle and the last time that a failpoint is passed in a run over three batches of four. */
function passesOf(name: FailpointName): readonly number[] {
  if (name === 'during-drain') return [1];
  return perBatch.includes(name) ? [1, 2, 3] : [1, 6, sessions];
}

const matrix = failpointNames.flatMap((name) => passesOf(name).map((nth) => `${name}:${String(nth)}`));

describe.skipIf(!runsSource)('S1, S7: SIGKILL at every failpoint (needs Node 24)', () => {
  it.each(matrix)('%s, one scheduler', async (aim) => {
    using disk = new Disk(sessions);
    expect(await disk.process('a', aim)).toBe('SIGKILL');
    await disk.recover('a');
    expect(disk.complaints()).toEqual([]);
    expect(disk.vault.posts()).toBeLessThanOrEqual(sessions + 4);
  });

  it.each(matrix)('%s, two schedulers', async (aim) => {
    using disk = new Disk(sessions);
    // The other may be first everywhere; then the victim never comes by its failpoint.
    const [victim, other] = await Promise.all([disk.process('a', aim), disk.process('b')]);
    expect([null, 'SIGKILL']).toContain(victim);
    expect(other).toBeNull();
    await disk.recover('a');
    expect(disk.complaints()).toEqual([]);
    expect(disk.vault.posts()).toBeLessThanOrEqual(sessions * 1.25 + 4);
  });
});
