import { describe, expect, it } from 'vitest';
import { Disk, runsSource } from './kit/disk.ts';

// The whole matrix, with real processes, is `pnpm test:faults`.
describe.skipIf(!runsSource)('S1, S7: a process killed with SIGKILL (needs Node 24)', { concurrent: true }, () => {
  it.each(['before-put:2', 'after-put-before-ack:1', 'inside-mark:2', 'after-checkpoint:1', 'mid-prune:2'])(
    'at %s loses nothing and doubles nothing',
    async (aim) => {
      using disk = new Disk(8);
      expect(await disk.process('a', aim)).toBe('SIGKILL');
      await disk.recover('a');
      expect(disk.complaints()).toEqual([]);
      expect(disk.vault.posts()).toBeLessThanOrEqual(12);
    },
  );
});

describe.skipIf(!runsSource)('S3: several processes at once (needs Node 24)', () => {
  it('share the work, also when one of them is killed', async () => {
    using disk = new Disk(60);
    const ends = await Promise.all([disk.process('a', 'after-ack:3'), disk.process('b'), disk.process('c')]);
    expect(ends.slice(1)).toEqual([null, null]);
    await disk.recover('a');
    expect(disk.complaints()).toEqual([]);
    expect(disk.vault.posts()).toBeLessThanOrEqual(75);
  });
});

describe.skipIf(!runsSource)('S6: signals (needs Node 24)', { concurrent: true }, () => {
  it.each([
    ['the first drains', 'SIGTERM', 4],
    ['a second ends it where it stands', 'SIGTERM SIGTERM', 0],
  ])('%s, and the next run takes over', async (_what, signals, archived) => {
    using disk = new Disk(12);
    expect(await disk.process('a', `signals:${signals}`)).toBeNull();
    expect(disk.marked()).toBe(archived);
    await disk.recover('b');
    expect(disk.complaints()).toEqual([]);
  });
});
