import { MemoryGraph } from '@llm-memory-graph/memory-graph';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Disk, runsSource } from './kit/disk.ts';
import { FleetProcess } from './kit/fleet.ts';
import { complaints } from './kit/oracle.ts';
import { hasPostgres, postgresBinary, startPostgres, type TestPostgres } from '../../../postgres.shared.ts';

const sessions = 60;
/** Two batches of four at a time in each process. */
const inHand = 8;

describe.skipIf(!hasPostgres || !runsSource)(
  `a fleet whose processes die (needs Node 24, ${postgresBinary})`,
  { concurrent: true },
  () => {
    let postgres: TestPostgres;

    beforeAll(async () => {
      postgres = await startPostgres();
    }, 60_000);

    afterAll(() => postgres.stop(), 60_000);

    let databases = 0;
    async function emptyDatabase(): Promise<string> {
      databases += 1;
      const name = `fleet_${String(databases)}`;
      await postgres.pool().query(`CREATE DATABASE ${name}`);
      return new URL(name, postgres.url).href;
    }

    it.each([
      ['the leader of a run, which another process leads on', 'after-checkpoint:2'],
      ['a process that stored a batch and was not told so', 'after-put-before-ack:1'],
      ['a process in the middle of its marks', 'after-mark:3'],
    ])('S1, S3, S7: SIGKILL of %s', async (_who, aim) => {
      const url = await emptyDatabase();
      using disk = new Disk(sessions);
      const fleet = ['a', 'b', 'c'].map((owner) => new FleetProcess(disk, url, owner, 3, aim));
      try {
        await Promise.all(fleet.map((each) => each.ready()));
        fleet[0]!.child.send('trigger');
        const victim = await Promise.race(fleet.map((each) => each.dies()));
        const others = fleet.filter((each) => each !== victim);
        const { finished, counts } = await Promise.race(others.map((each) => each.hears('finished')));
        expect([finished, counts]).toEqual(['completed', { archived: sessions, failed: 0, skipped: 0 }]);
        if (aim.startsWith('after-checkpoint')) {
          const resumed = others.flatMap(({ news }) => news).filter(({ started }) => started === true);
          expect(resumed).toHaveLength(1);
        }
        await Promise.all(others.map((each) => each.stop()));
      } finally {
        await Promise.all(fleet.map((each) => each.kill()));
      }
      using graph = MemoryGraph.open({ path: join(disk.directory, 'graph.sqlite') });
      expect(complaints(graph, disk.vault.evidence(), disk.ids)).toEqual([]);
      expect(disk.vault.posts()).toBeLessThanOrEqual(sessions + inHand);
    });
  },
);
