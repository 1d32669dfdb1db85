import { pooledFetch } from '@llm-memory-graph/http/node';
import { generateKey, localKeyRing, sealChunks } from '@llm-memory-graph/sealed-archive';
import { VaultClient } from '@llm-memory-graph/vault-client';
import { archiveSealer } from '@llm-memory-graph/vault-client/node';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Case, Sample } from '../harness/suite.ts';
import { scratchFolder } from '../vault/session-files.ts';
import { content, contentBytes } from './content.ts';

const keys = localKeyRing({ keys: { '2026-01': generateKey() }, primary: '2026-01' });
const ids = { sessionId: 'session', archiveId: 'archive' };

async function drain(source: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const piece of source) bytes += piece.length;
  return bytes;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return contentBytes / 1e3 / (performance.now() - start);
}

/** Every round is measured once, beside nothing that counts memory. */
function measured(name: string, kind: Pick<Case, 'ours' | 'floor'>, sample: () => Promise<Sample>): Case {
  const isMemory = process.argv[5] === 'memory';
  return { name, ...kind, setup: () => ({ kind: 'sample', sample: async () => (isMemory ? {} : sample()) }) };
}

/** Sealing alone, in one thread, to nowhere. */
export const sealAlone = measured('seal alone, one core', { floor: true }, async () => ({
  mbPerSecond: await timed(() => drain(sealChunks(content(), { context: { tenant: 'acme', ...ids }, keys }))),
  rssMb: process.resourceUsage().maxRSS / 1024,
}));

let scratch: string | undefined;

/** A client in this process and a durable vault in another. Memory is the larger peak of the two. */
async function overHttp(work: (vault: VaultClient) => Promise<number>): Promise<Sample> {
  const folder = join((scratch ??= scratchFolder()), 'store');
  mkdirSync(folder);
  const server = fork(new URL('../vault/vault-process.ts', import.meta.url), [folder], {
    execArgv: ['--conditions=@llm-memory-graph/source'],
  });
  const [port] = (await once(server, 'message')) as [number];
  const vault = new VaultClient({
    baseUrl: `http://127.0.0.1:${port}`,
    apiKey: 'bench',
    sealer: archiveSealer({ keys, tenant: 'acme' }),
    fetch: pooledFetch().fetch,
  });
  const mbPerSecond = await work(vault);
  server.send('close');
  const [{ peakRssMb }] = (await once(server, 'message')) as [{ peakRssMb: number }];
  server.disconnect();
  rmSync(folder, { recursive: true });
  return { mbPerSecond, rssMb: Math.max(peakRssMb, process.resourceUsage().maxRSS / 1024) };
}

const upload = (vault: VaultClient): Promise<unknown> =>
  vault.archiveStream(content(), { id: ids.archiveId, sessionId: ids.sessionId });

/** Sealed, sent and durable. */
export const up = measured('archiveStream over HTTP', { ours: true }, () =>
  overHttp((vault) => timed(() => upload(vault))),
);

/** Read in ranges, opened and checked. */
export const down = measured('retrieveStream over HTTP', { ours: true }, () =>
  overHttp(async (vault) => {
    await upload(vault);
    return timed(async () => {
      const bytes = await drain(vault.retrieveStream(ids.archiveId));
      if (bytes !== contentBytes) throw new Error(`${bytes} bytes came back of ${contentBytes}`);
    });
  }),
);
