import { encodeSealedFrames, sealedEntry, sealedFramesMediaType, type SealedFrame } from '@llm-memory-graph/contracts';
import { generateKey, localKeyRing, sealSync } from '@llm-memory-graph/sealed-archive';
import { randomBytes, randomUUID } from 'node:crypto';

const batchSize = 64;
const contentBytes = 2_700;
const batchesAtOnce = 8;

/** A batch as it goes over the wire. */
export interface Batch {
  readonly tenant: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Archives of the size that real sessions have once they are sealed, in batches, each tenant in turn. */
export function batchesOf(archives: number, tenants: readonly string[]): Batch[] {
  const keys = localKeyRing({ keys: { '2026-01': generateKey() }, primary: '2026-01' });
  const frame = (tenant: string): SealedFrame => {
    const context = { tenant, archiveId: randomUUID(), sessionId: randomUUID() };
    const { bytes, digest } = sealSync(randomBytes(contentBytes), { context, keys, compression: 'none' });
    const entry = sealedEntry.parse({
      ...{ id: context.archiveId, sessionId: context.sessionId, digest },
      ...{ retentionDays: 365, tags: ['scheduled'] },
    });
    return { entry, content: bytes };
  };
  return Array.from({ length: archives / batchSize }, (_, i) => {
    const tenant = tenants[i % tenants.length] as string;
    return { tenant, body: encodeSealedFrames(Array.from({ length: batchSize }, () => frame(tenant))) };
  });
}

/** Sends the batches to the servers in turn, some at a time. */
export async function send(batches: readonly Batch[], urls: readonly string[]): Promise<void> {
  let next = 0;
  const sender = async (_: unknown, i: number): Promise<void> => {
    const url = `${String(urls[i % urls.length])}/api/v1/archive/batch`;
    for (let batch = batches[next++]; batch; batch = batches[next++]) {
      const headers = { authorization: `Bearer ${batch.tenant}`, 'content-type': sealedFramesMediaType };
      const answer = await fetch(url, { method: 'POST', headers, body: batch.body });
      const { success_count } = (await answer.json()) as { success_count?: number };
      if (success_count !== batchSize) throw new Error(`${answer.status}: ${String(success_count)} were archived`);
    }
  };
  await Promise.all(Array.from({ length: batchesAtOnce }, sender));
}
