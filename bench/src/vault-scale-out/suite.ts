import { fork } from 'node:child_process';
import { once } from 'node:events';
import { startFakeS3 } from '../../../packages/vault-server/test/s3/fake-s3.ts';
import { startPostgres } from '../../../postgres.shared.ts';
import { nextMessage } from '../harness/next-message.ts';
import type { Case, Group, Sample, Suite } from '../harness/suite.ts';
import { batchesOf, send } from './load.ts';
import { tenants } from './tenants.ts';

const archives = 6_400;

async function sampleOf(processes: number, tenantCount: number): Promise<Sample> {
  const [postgres, s3] = await Promise.all([startPostgres(), startFakeS3()]);
  const storage = JSON.stringify({ endpoint: s3.endpoint, credentials: s3.credentials });
  const servers = Array.from({ length: processes }, () =>
    fork(new URL('server-process.ts', import.meta.url), [postgres.url, storage], {
      execArgv: ['--conditions=@llm-memory-graph/source'],
    }),
  );
  try {
    const ports = await Promise.all(servers.map((server) => nextMessage<number>(server)));
    const urls = ports.map((port) => `http://127.0.0.1:${port}`);
    const batches = batchesOf(archives, tenants.slice(0, tenantCount));
    const start = performance.now();
    await send(batches, urls);
    const seconds = (performance.now() - start) / 1_000;
    const costs = servers.map((server) => nextMessage<number>(server));
    for (const server of servers) server.send('stop');
    const cpuUs = (await Promise.all(costs)).reduce((sum, cost) => sum + cost, 0) / archives;
    return { perSecond: archives / seconds, cpuUs };
  } finally {
    // The database is stopped next, and would tear down the connections that a process is still closing.
    const ends = servers.map((server) => once(server, 'exit'));
    for (const server of servers) server.disconnect();
    await Promise.all(ends);
    await postgres.stop();
    await s3.stop();
  }
}

function vaultOf(processes: number, tenantCount: number): Case {
  const name = `${processes === 1 ? '1 process' : `${processes} processes`}, ${tenantCount === 1 ? '1 tenant' : `${tenantCount} tenants`}`;
  const sample = async (): Promise<Sample> => (process.argv[5] === 'memory' ? {} : sampleOf(processes, tenantCount));
  return { name, ours: true, setup: () => ({ kind: 'sample', sample }) };
}

const group: Group = {
  title: `${archives.toLocaleString('en-US')} sealed archives of 3 kB in batches of 64 over HTTP, eight in flight; PostgreSQL and a fake of S3 on the same machine`,
  goal: 'more archives/s by a second process where there are cores for it',
  cases: [vaultOf(1, 1), vaultOf(2, 1), vaultOf(2, 2)],
};

export const suite: Suite = { title: 'the vault on PostgreSQL and S3', groups: [group] };
