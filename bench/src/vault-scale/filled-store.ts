import { digestOf, generateKey, localKeyRing, sealSync } from '@llm-memory-graph/sealed-archive';
import { sqliteArchiveStore } from '@llm-memory-graph/vault-server/node';
import { fork } from 'node:child_process';
import { randomBytes, randomFillSync, randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { nextMessage } from '../harness/next-message.ts';
import type { Case, Sample } from '../harness/suite.ts';
import { archiveOf, tenant } from '../vault/archive-of.ts';
import { bytesIn } from '../vault/bytes-in.ts';
import { scratchFolder } from '../vault/session-files.ts';
import { cpuSince } from '../vault/cpu-since.ts';

const batchSize = 100;
const batchesAtOnce = 4;
const contentBytes = 300;

/** Stores `count` archives in one thread, then has another process open and check the store. */
export function filledStore(count: number): Case {
  const sample = async (): Promise<Sample> => {
    if (process.argv[5] === 'memory') return {};
    const folder = scratchFolder();
    const cpuBefore = process.cpuUsage();
    const start = performance.now();
    await fill(join(folder, 'vault.db'), count);
    const perSecond = count / ((performance.now() - start) / 1_000);
    const cpuUs = cpuSince(cpuBefore) / count;
    const rssMb = process.resourceUsage().maxRSS / 1024;
    const storedMb = bytesIn(folder) / 1e6;
    const checked = await check(folder);
    rmSync(folder, { recursive: true });
    return { perSecond, cpuUs, rssMb, storedMb, ...checked };
  };
  return { name: `${count.toLocaleString('en-US')} archives`, ours: true, setup: () => ({ kind: 'sample', sample }) };
}

/** Sealed archives of a few hundred bytes, all different. They were sealed elsewhere: the store opens none. */
function sealedArchives(): () => ReturnType<typeof archiveOf> {
  const keys = localKeyRing({ keys: { '2026-01': generateKey() }, primary: '2026-01' });
  const context = { tenant, archiveId: randomUUID(), sessionId: randomUUID() };
  const { bytes: model } = sealSync(randomBytes(contentBytes), { context, keys, compression: 'none' });
  return () => {
    const bytes = Buffer.from(model);
    randomFillSync(bytes, bytes.length - contentBytes);
    const ids = { archiveId: randomUUID(), sessionId: randomUUID() };
    return archiveOf(ids, { bytes, digest: digestOf(bytes), size: bytes.length });
  };
}

async function fill(path: string, count: number): Promise<void> {
  const store = sqliteArchiveStore({ path });
  const oneArchive = sealedArchives();
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      const some = Math.min(batchSize, left);
      left -= some;
      await store.insert(Array.from({ length: some }, oneArchive));
    }
  };
  await Promise.all(Array.from({ length: batchesAtOnce }, worker));
  await store.close();
}

async function check(folder: string): Promise<Sample> {
  const child = fork(new URL('check-process.ts', import.meta.url), [folder], {
    execArgv: ['--conditions=@llm-memory-graph/source'],
  });
  const checked = await nextMessage<Sample>(child);
  child.disconnect();
  return checked;
}
