import { MemoryGraph } from '@llm-memory-graph/memory-graph';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Disk, runsSource } from './kit/disk.ts';
import { FleetProcess } from './kit/fleet.ts';
import { complaints } from './kit/oracle.ts';
import { hasPostgres, postgresBinary, startPostgres } from '../../../postgres.shared.ts';

describe.skipIf(!hasPostgres || !runsSource)(`a fleet of processes (needs Node 24 and ${postgresBinary})`, () => {
  it('S3, S7: shares one run, archives each session once and counts it once', async () => {
    const postgres = await startPostgres();
    using disk = new Disk(60);
    const fleet = ['a', 'b', 'c'].map((owner) => new FleetProcess(disk, postgres.url, owner, 3));
    try {
      await Promise.all(fleet.map((each) => each.ready()));
      fleet[0]!.child.send('trigger');
      const { finished, counts } = await Promise.race(fleet.map((each) => each.hears('finished')));
      expect([finished, counts]).toEqual(['completed', { archived: 60, failed: 0, skipped: 0 }]);
      // None could finish before each had a batch, and a session is stored by one of them.
      expect(fleet.map(({ stored }) => stored > 0)).toEqual([true, true, true]);
      expect(fleet.reduce((sum, { stored }) => sum + stored, 0)).toBe(60);
      await Promise.all(fleet.map((each) => each.stop()));
    } finally {
      await Promise.all(fleet.map((each) => each.kill()));
      await postgres.stop();
    }
    using graph = MemoryGraph.open({ path: join(disk.directory, 'graph.sqlite') });
    expect(complaints(graph, disk.vault.evidence(), disk.ids)).toEqual([]);
  });
});
