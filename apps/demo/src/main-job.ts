import { archivePort as registryPort, type RegistryClient } from '@llm-memory-graph/registry-client';
import { archivePort as vaultPort, type VaultClient } from '@llm-memory-graph/vault-client';
import { MemoryGraph } from '@llm-memory-graph/memory-graph';
import { ArchivalScheduler, type RunJournal } from '@llm-memory-graph/scheduler';
import type { GraphSession } from '@llm-memory-graph/contracts';
import { documentOf, sessionIdOf } from './input/document.ts';
import type { FoundConversation } from './input/input-file.ts';
import { inParallel } from './in-parallel.ts';
import type { Progress } from './progress.ts';
import type { Report } from './report.ts';
import type { RetentionShow } from './retention/retention-show.ts';

/** What the job works with. */
export interface Parts {
  readonly graph: MemoryGraph;
  readonly registry: RegistryClient;
  readonly vault: VaultClient;
  readonly journal: RunJournal | undefined;
  readonly progress: Progress;
  readonly archiveAfterDays: number;
  /** Undefined for a vault that is not the demo's own: nothing is put under a policy or swept there. */
  readonly retention: RetentionShow | undefined;
}

const callsAtOnce = 8;

/** The main job, step by step; each step can be stopped anywhere and done again. */
export async function mainJob(conversations: Iterable<readonly FoundConversation[]>, parts: Parts): Promise<Report> {
  const started = performance.now();
  try {
    await parts.retention?.begin();
    importAll(conversations, parts);
    const metered = await registerAll(parts);
    const archived = await archiveAll(parts);
    const retention = (await parts.retention?.finish()) ?? null;
    // After the sweep, so that it shows what the sweep left alone.
    const checked = await verifyAll(parts);
    return { ...metered, ...archived, retention, ...checked, durationMs: performance.now() - started };
  } finally {
    parts.progress.end();
  }
}

/** Every session of the graph, a page at a time. */
function* sessionsOf(graph: MemoryGraph): Generator<GraphSession> {
  for (let after = ''; ;) {
    const page = graph.listSessions({ after, limit: 200 });
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    after = last.id;
  }
}

function importAll(conversations: Iterable<readonly FoundConversation[]>, { graph }: Parts): void {
  for (const file of conversations) {
    for (const conversation of file) {
      // The id is made of the content: what is there already is the same session, whatever its file's date says now.
      if (graph.getSession(sessionIdOf(conversation)) === undefined) graph.importSession(documentOf(conversation));
    }
  }
}

/** Registers each session that is not archived yet, reports its model calls and completes it. */
async function registerAll(parts: Parts): Promise<Pick<Report, 'sessions' | 'registered' | 'usageReports'>> {
  const { graph, registry, progress } = parts;
  const all = [...sessionsOf(graph)].map(({ id }) => id);
  const open = all.filter((id) => graph.archives(id).length === 0);
  const tick = progress.step('register', open.length);
  let registered = 0;
  let usageReports = 0;
  await inParallel(open, callsAtOnce, async (id) => {
    const reports = await registerOne(id, graph, registry);
    usageReports += reports;
    tick(++registered);
  });
  return { sessions: all.length, registered, usageReports };
}

async function registerOne(id: string, graph: MemoryGraph, registry: RegistryClient): Promise<number> {
  const { session, responses } = graph.exportSession(id);
  const { status } = await registry.registerSession({
    sessionId: id,
    modelId: session.modelId,
    modelVersion: session.modelVersion,
    startedAt: session.createdAt,
    tags: session.tags,
  });
  const reports = responses.flatMap(({ id: reportId, usage, model, latencyMs, timestamp }) => {
    if (!usage) return [];
    const { estimated, ...counts } = usage;
    const metadata: Record<string, unknown> = estimated ? { estimated } : {};
    return [{ reportId, sessionId: id, modelId: model ?? '', latencyMs, timestamp, metadata, ...counts }];
  });
  const { rejected } = await registry.trackUsageBatch(reports);
  if (rejected[0])
    throw new Error(`usage report ${String(rejected[0].index)} of ${id} was refused: ${rejected[0].error}`);
  // A run that was killed just before it marked the session told the registry already, and that is final.
  if (status !== 'archived') await registry.updateSessionStatus(id, 'completed');
  return reports.length;
}

async function archiveAll(parts: Parts): Promise<Pick<Report, 'archived' | 'failed' | 'skipped'>> {
  const { graph, registry, vault, journal, progress, archiveAfterDays } = parts;
  await using scheduler = new ArchivalScheduler({
    source: graph,
    vault: vaultPort(vault),
    registry: registryPort(registry),
    ...(journal && { journal }),
    // One name for every run over the same data: after a kill, the next run goes on with what the dead one had leased.
    owner: 'demo',
    config: { archiveAfterDays, batchSize: 50 },
  });
  let settled = 0;
  const tick = progress.step(
    'archive',
    graph.due(new Date(Date.now() - archiveAfterDays * 86_400_000), { limit: 1_000_000 }).length,
  );
  scheduler.on('sessionArchived', () => tick(++settled));
  const { outcome, stats, error } = await scheduler.runOnce();
  if (outcome !== 'completed') throw error instanceof Error ? error : new Error(`the archival run ended ${outcome}`);
  return { archived: stats.archivedCount, failed: stats.failedCount, skipped: stats.skippedCount };
}

/** Retrieves, opens and verifies every archive, and restores it into an empty graph. */
async function verifyAll(parts: Parts): Promise<Pick<Report, 'restored' | 'verified' | 'bytesIn' | 'bytesStored'>> {
  const { graph, vault, progress } = parts;
  const archives = [...sessionsOf(graph)].flatMap(({ id, version }) => {
    const archive = graph.archives(id).find((record) => record.version === version);
    return archive ? [{ id, archive }] : [];
  });
  const tick = progress.step('verify', archives.length);
  const sum = { restored: 0, verified: 0, bytesIn: 0, bytesStored: 0 };
  using empty = MemoryGraph.open({ path: ':memory:' });
  let done = 0;
  await inParallel(archives, callsAtOnce, async ({ id, archive }) => {
    const held = await vault.verifyArchive(archive.archiveId);
    const kept = Buffer.from(graph.load(id)?.bytes ?? []);
    sum.bytesIn += kept.length;
    sum.bytesStored += held.size;
    if (held.digest === archive.digest && kept.equals(held.content)) sum.verified++;
    empty.importSession(held.content);
    if (kept.equals(empty.load(id)?.bytes ?? new Uint8Array())) sum.restored++;
    empty.deleteSession(id);
    tick(++done);
  });
  return sum;
}
