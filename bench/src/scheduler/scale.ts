import {
  ArchivalScheduler,
  type ArchiveVault,
  type SessionClaim,
  type SessionRef,
  type SessionSource,
} from '@llm-memory-graph/scheduler';
import type { Case, Group, Sample } from '../harness/suite.ts';

const updatedAt = new Date('2025-01-01T00:00:00.000Z');
const text = new TextEncoder().encode(`{"turns":["${'a sentence of the conversation. '.repeat(64)}"]}`);

/** `count` synthetic sessions of 2 kB that nobody keeps: what is left is the scheduler's own work. */
function syntheticSource(count: number): SessionSource & { marked: number } {
  const refOf = (index: number): SessionRef => ({ id: String(index).padStart(8, '0'), updatedAt, version: 1 });
  return {
    marked: 0,
    due: (_cutoff, { after, limit }) => {
      const from = after === undefined ? 0 : Number(after.id) + 1;
      return Array.from({ length: Math.min(limit, count - from) }, (_, i) => refOf(from + i));
    },
    claim: (ids) => ({
      granted: ids.map((id): SessionClaim => ({ ...refOf(Number(id)), epoch: 1 })),
      refused: [],
    }),
    renew: (claims) => claims.map(({ id }) => id),
    release: () => undefined,
    load: (id) => {
      const bytes = text.slice();
      bytes.set(new TextEncoder().encode(id), 11);
      return { ref: refOf(Number(id)), bytes, tags: [], metadata: {} };
    },
    markArchived() {
      this.marked += 1;
      return 'marked';
    },
  };
}

/** Keeps what it was given until it was read back, and no longer. */
function forgetfulVault(): ArchiveVault {
  const held = new Map<string, { readonly sessionId: string; readonly digest: string; readonly size: number }>();
  return {
    archive: (requests) =>
      requests.map(({ archiveId, sessionId, contentSha256, bytes }) => {
        const receipt = { sessionId, digest: `sha256:${contentSha256}`, size: bytes.length };
        held.set(archiveId, receipt);
        return { ok: true, archiveId, ...receipt };
      }),
    readBack: (archiveIds) =>
      archiveIds.map((archiveId) => {
        const receipt = held.get(archiveId);
        held.delete(archiveId);
        return receipt === undefined
          ? { ok: false, error: new Error('not held'), retryable: false }
          : { ok: true, archiveId, ...receipt };
      }),
    createRetentionPolicy: () => Promise.reject(new Error('not asked for here')),
  };
}

function run(count: number): Case {
  const sample = async (): Promise<Sample> => {
    if (process.argv[5] === 'memory') return {};
    const source = syntheticSource(count);
    let rss = 0;
    const watch = setInterval(() => (rss = Math.max(rss, process.memoryUsage.rss())), 100);
    const scheduler = new ArchivalScheduler({ source, vault: forgetfulVault() });
    const start = performance.now();
    const { outcome } = await scheduler.runOnce();
    const seconds = (performance.now() - start) / 1_000;
    clearInterval(watch);
    if (source.marked !== count) throw new Error(`${outcome}: ${source.marked} of ${count}`);
    return { perSecond: count / seconds, rssMb: Math.max(rss, process.memoryUsage.rss()) / 2 ** 20 };
  };
  return { name: `${count.toLocaleString('en-US')} sessions`, ours: true, setup: () => ({ kind: 'sample', sample }) };
}

/** What a run costs per session when there are more and more of them. */
export const scale: Group = {
  title: 'one run over synthetic sessions of 2 kB, the work of source and vault left out',
  goal: 'RSS <= 300 MB, cost per session at 1,000,000 <= 1.2x that at 10,000',
  cases: [run(10_000), run(100_000), run(1_000_000)],
};
