import type { MemoryGraph } from '@llm-memory-graph/memory-graph';
import type { VaultClient } from '@llm-memory-graph/vault-client';
import { archiveIdentity } from '../../src/index.ts';
import { SqliteRunJournal } from '../../src/node/index.ts';

/** The document of every version that a session ever had, by `id:version`. */
export type Versions = Map<string, Uint8Array>;

interface Campaign {
  readonly graph: MemoryGraph;
  readonly journalPath: string;
  readonly client: VaultClient;
  readonly ids: readonly string[];
  readonly versions: Versions;
}

/** What the vault's audit chain says was archived and not deleted since, with how often. */
async function recount(client: VaultClient): Promise<Map<string, number>> {
  const archives = new Map<string, number>();
  for await (const { action, subject } of client.audit.entries()) {
    if (action === 'archive') archives.set(subject, (archives.get(subject) ?? 0) + 1);
    if (action === 'delete') archives.delete(subject);
  }
  return archives;
}

/** The archive id that each version must have. */
async function expected(versions: Versions): Promise<Map<string, string>> {
  const byArchive = new Map<string, string>();
  for (const [name, bytes] of versions) {
    const split = name.lastIndexOf(':');
    const { archiveId } = await archiveIdentity(name.slice(0, split), Number(name.slice(split + 1)), bytes);
    byArchive.set(archiveId, name);
  }
  return byArchive;
}

/** S1, S2, S3, S4, S7: what is wrong in the end, judged from the records of the vault and the graph. */
export async function verdict({ graph, journalPath, client, ids, versions }: Campaign) {
  const complaints: string[] = [];
  const names = await expected(versions);
  const held = await recount(client);
  for (const [archiveId, times] of held) {
    const name = names.get(archiveId);
    // A version that never was, or a session that was too young: neither is to be there.
    if (name === undefined) complaints.push(`archive ${archiveId} is of no version that was due`);
    if (times > 1) complaints.push(`${name ?? archiveId} was archived ${String(times)} times`);
  }
  let marks = 0;
  for (const id of ids) {
    const { ref, bytes } = graph.load(id)!;
    const records = graph.archives(id);
    marks += records.length;
    for (const { version, archiveId, digest } of records) {
      if (names.get(archiveId) !== `${id}:${String(version)}`)
        complaints.push(`${id} is marked with a strange archive`);
      if (!held.has(archiveId)) {
        complaints.push(`${id}:${String(version)} is marked without its archive`);
        continue;
      }
      const verified = await client.verifyArchive(archiveId);
      const content = versions.get(`${id}:${String(version)}`)!;
      if (verified.digest !== digest || Buffer.compare(verified.content, content) !== 0) {
        complaints.push(`${id}:${String(version)} is archived with other content`);
      }
    }
    if (!records.some(({ version }) => version === ref.version)) complaints.push(`${id} is not archived`);
    else if (Buffer.compare(bytes, versions.get(`${id}:${String(ref.version)}`)!) !== 0)
      complaints.push(`${id} changed`);
  }
  using journal = new SqliteRunJournal({ path: journalPath });
  const runs = journal.runs({ limit: 100_000 });
  const counted = runs.reduce((sum, { counts }) => sum + counts.archived, 0);
  if (counted !== marks) complaints.push(`the runs count ${String(counted)} archives, ${String(marks)} are marked`);
  if (marks > held.size) complaints.push(`${String(marks)} marks, ${String(held.size)} archives`);
  const open = runs.filter(({ finishedAt }) => finishedAt === undefined).length;
  if (open > 0) complaints.push(`${String(open)} runs are left open`);
  return { complaints, archives: held.size };
}
