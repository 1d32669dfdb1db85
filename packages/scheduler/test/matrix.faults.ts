import { describe, expect, it } from 'vitest';
import { failpointNames, type FailpointName } from '../src/index.ts';
import { Disk, runsSource } from './kit/disk.ts';

const sessions = 12;
const batchSize = 4;
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

describe.skipIf(!runsSource)('S1, S7: SIGKILL at every failpoint (needs Node 24)', { concurrent: true }, () => {
  it.each(matrix)('%s, one scheduler', async (aim) => {
    using disk = new Disk(sessions);
    expect(await disk.process('a', aim)).toBe('SIGKILL');
    await disk.recover('a');
    expect(disk.complaints()).toEqual([]);
    expect(disk.vault.posts()).toBeLessThanOrEqual(sessions + batchSize);
  });

  it.each(matrix)('%s, two schedulers', async (aim) => {
    using disk = new Disk(batchSize + sessions);
    // The other has a batch in hand while the victim dies over the rest, and then finds what it left.
    using other = await disk.holding('b');
    expect(await disk.process('a', aim)).toBe('SIGKILL');
    expect(await other.goOn()).toBeNull();
    await disk.recover('a');
    expect(disk.complaints()).toEqual([]);
    expect(disk.vault.posts()).toBeLessThanOrEqual(batchSize + sessions + batchSize);
  });
});
