import { generateKey, localKeyRing, sealingThreads, structuralDictionary } from '@llm-memory-graph/sealed-archive';
import { ArchivalScheduler } from '@llm-memory-graph/scheduler';
import { pooledFetch } from '@llm-memory-graph/http/node';
import { archivePort, VaultClient } from '@llm-memory-graph/vault-client';
import { archiveSealer } from '@llm-memory-graph/vault-client/node';
import { fork } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { nextMessage } from '../harness/next-message.ts';
import type { Case, Sample } from '../harness/suite.ts';
import { tenant } from './archive-of.ts';
import { bytesIn } from './bytes-in.ts';
import { cpuSince } from './cpu-since.ts';
import { fileSource } from './file-source.ts';
import { scratchFolder, sessionCount, sessionFiles, type SessionFiles } from './session-files.ts';
import { recordedSessions } from './sessions.ts';

/** Scheduler and client in this process, the vault in another; each session is read back before it counts. */
export const endToEnd: Case = {
  name: 'scheduler, client and server over HTTP, zstd 1',
  ours: true,
  setup: () => {
    let prepared: { files: SessionFiles; scratch: string } | undefined;
    const sample = async (): Promise<Sample> => {
      if (process.argv[5] === 'memory') return {};
      const { files, scratch } = (prepared ??= { files: sessionFiles(), scratch: scratchFolder() });
      const folder = join(scratch, 'store');
      mkdirSync(folder);
      const server = fork(new URL('vault-process.ts', import.meta.url), [folder], {
        execArgv: ['--conditions=@llm-memory-graph/source'],
      });
      const port = await nextMessage<number>(server);
      const cpuBefore = process.cpuUsage();
      const perSecond = await archiveAll(`http://127.0.0.1:${port}`, files.paths);
      const ownCpuUs = cpuSince(cpuBefore) / sessionCount;
      server.send('close');
      const { cpuUs = 0, ...loop } = await nextMessage<Sample>(server);
      server.disconnect();
      const storedMb = bytesIn(folder) / 1e6;
      rmSync(folder, { recursive: true });
      return { perSecond, cpuUs: ownCpuUs + cpuUs / sessionCount, storedMb, ...loop };
    };
    return { kind: 'sample', sample };
  },
};

async function archiveAll(baseUrl: string, paths: readonly string[]): Promise<number> {
  const keys = localKeyRing({ keys: { '2026-01': generateKey() }, primary: '2026-01' });
  const dictionaries = [structuralDictionary([recordedSessions().systemPrompt])];
  const sealing = sealingThreads({ threads: 2 });
  const sealer = archiveSealer({ keys, tenant, level: 1, dictionaries, sealing });
  const vault = new VaultClient({ baseUrl, apiKey: 'bench', sealer, fetch: pooledFetch().fetch });
  const source = fileSource(paths);
  await using scheduler = new ArchivalScheduler({
    source,
    vault: archivePort(vault),
    config: { batchSize: 256, batchesAtOnce: 3, archiveAfterDays: 0 },
  });
  const start = performance.now();
  const { outcome } = await scheduler.runOnce();
  const seconds = (performance.now() - start) / 1_000;
  await sealing.close();
  if (source.archived.size !== paths.length) throw new Error(`${outcome}: ${source.archived.size} of ${paths.length}`);
  return sessionCount / seconds;
}
