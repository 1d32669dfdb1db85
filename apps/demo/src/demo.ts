import { join } from 'node:path';
import { MemoryGraph } from '@llm-memory-graph/memory-graph';
import { RegistryClient } from '@llm-memory-graph/registry-client';
import { SqliteRunJournal } from '@llm-memory-graph/scheduler/node';
import { VaultClient } from '@llm-memory-graph/vault-client';
import { archiveSealer } from '@llm-memory-graph/vault-client/node';
import type { DemoArgs } from './args.ts';
import { takeDataDir } from './data-dir.ts';
import { generatedConversations } from './generated.ts';
import { conversationsOf, filesOf } from './input/input-file.ts';
import { mainJob } from './main-job.ts';
import type { Progress } from './progress.ts';
import type { Report } from './report.ts';
import { auditKeyOf } from './retention/deletions.ts';
import { beforeTrial, RetentionShow } from './retention/retention-show.ts';
import { sealingKey } from './sealing-key.ts';
import { connect } from './services.ts';

/** What a run tells. */
export interface DemoResult {
  readonly report: Report;
  readonly notes: readonly string[];
}

/**
 * The composition root: every concrete thing is made here.
 *
 * @throws {UsageError} for what the caller can mend
 */
export async function demo(
  args: DemoArgs,
  env: Readonly<Record<string, string | undefined>>,
  progress: Progress,
): Promise<DemoResult> {
  const { dataDir } = args;
  const files = filesOf(args.inputs);
  // Every file is read once before anything is written, so a bad one leaves nothing half-imported.
  for (const file of files) conversationsOf(file);

  using _lock = dataDir === undefined ? undefined : takeDataDir(dataDir);
  const key = sealingKey(env, dataDir);
  await using services = await connect(env, dataDir, beforeTrial());
  using graph = MemoryGraph.open({ path: dataDir === undefined ? ':memory:' : join(dataDir, 'graph.sqlite') });
  using journal = dataDir === undefined ? undefined : new SqliteRunJournal({ path: join(dataDir, 'journal.sqlite') });
  const registry = new RegistryClient({ baseUrl: services.registryUrl, apiKey: services.registryApiKey });
  const vault = new VaultClient({
    baseUrl: services.vaultUrl,
    apiKey: services.vaultApiKey,
    sealer: archiveSealer({ keys: key.provider }),
  });

  const retention =
    services.clock &&
    new RetentionShow({
      clock: services.clock,
      vault,
      auditKey: await auditKeyOf(services.vaultUrl),
      graph,
      archiveAfterDays: args.archiveAfterDays,
    });

  const conversations = files.length > 0 ? files.values().map(conversationsOf) : [generatedConversations()];
  const report = await mainJob(conversations, {
    graph,
    registry,
    vault,
    journal,
    progress,
    archiveAfterDays: args.archiveAfterDays,
    retention,
  });
  return { report, notes: services.clock ? [] : notesOnGivenServices(key.lost) };
}

function notesOnGivenServices(keyIsLost: boolean): string[] {
  const retention = 'no policy was made and nothing swept: the demo does that in services of its own only';
  const key = 'the archives were sealed with a key that is gone now; set SEALING_KEY or --data-dir to keep one';
  return keyIsLost ? [retention, key] : [retention];
}
