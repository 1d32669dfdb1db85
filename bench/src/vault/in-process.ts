import { generateKey, localKeyRing, sealingThreads, structuralDictionary } from '@llm-memory-graph/sealed-archive';
import { sqliteArchiveStore } from '@llm-memory-graph/vault-server/node';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Case, Sample } from '../harness/suite.ts';
import { archiveOf, tenant } from './archive-of.ts';
import { bytesIn } from './bytes-in.ts';
import { cpuSince } from './cpu-since.ts';
import { scratchFolder, sessionCount, sessionFiles, type SessionFiles } from './session-files.ts';
import { recordedSessions } from './sessions.ts';

const batchSize = 64;
const batchesAtOnce = 6;

/** Reads the files, seals them in threads and stores them, each batch durable before it counts. */
export function inProcess(name: string, level: number): Case {
  return {
    name,
    ours: true,
    setup: () => {
      let prepared: { files: SessionFiles; scratch: string } | undefined;
      const sample = async (): Promise<Sample> => {
        if (process.argv[5] === 'memory') return {};
        const { files, scratch } = (prepared ??= { files: sessionFiles(), scratch: scratchFolder() });
        const folder = join(scratch, 'store');
        mkdirSync(folder);
        const measured = await archiveAll(folder, files.paths, level);
        rmSync(folder, { recursive: true });
        return measured;
      };
      return { kind: 'sample', sample };
    },
  };
}

async function archiveAll(folder: string, paths: readonly string[], level: number): Promise<Sample> {
  const keys = localKeyRing({ keys: { '2026-01': generateKey() }, primary: '2026-01' });
  const dictionary = structuralDictionary([recordedSessions().systemPrompt]);
  const sealing = sealingThreads({ threads: 2 });
  const store = sqliteArchiveStore({ path: join(folder, 'vault.db') });
  const archiveBatch = async (batch: readonly string[]): Promise<void> => {
    const archives = await Promise.all(
      batch.map(async (path) => {
        const ids = { archiveId: randomUUID(), sessionId: randomUUID() };
        const content = readFileSync(path);
        const options = { context: { tenant, ...ids }, compression: 'zstd', contentType: 'application/json' } as const;
        return archiveOf(ids, await sealing.seal(content, { ...options, keys, level, dictionary }));
      }),
    );
    await store.insert(archives);
  };
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < paths.length) await archiveBatch(paths.slice(next, (next += batchSize)));
  };
  await Promise.all(Array.from({ length: batchesAtOnce }, worker));
  const seconds = (performance.now() - start) / 1_000;
  const cpuUs = cpuSince(cpuBefore) / sessionCount;
  delays.disable();
  await sealing.close();
  await store.close();
  return {
    perSecond: sessionCount / seconds,
    cpuUs,
    storedMb: bytesIn(folder) / 1e6,
    loopP99Ms: delays.percentile(99) / 1e6,
    loopMaxMs: delays.max / 1e6,
  };
}
