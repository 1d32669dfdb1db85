import { createHash } from 'node:crypto';
import type { ArchiveRecord, MemoryGraph } from '@llm-memory-graph/memory-graph';

/** What the oracle must know of an archive in a vault, read from the vault itself. */
export interface Evidence {
  readonly archiveId: string;
  readonly sessionId: string;
  readonly version: number;
  readonly digest: string;
  readonly content: Uint8Array;
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/**
 * What is wrong with the state of graph and vault, judged from their own records; empty when every session of `ids` is
 * archived exactly once in its current version, with its content, and nothing is marked without its archive.
 *
 * @param pruned what the sessions held that may be gone from the graph; the vault must have it
 */
export function complaints(
  graph: MemoryGraph,
  vault: Iterable<Evidence>,
  ids: readonly string[],
  pruned: ReadonlyMap<string, Uint8Array> = new Map(),
): string[] {
  const found: string[] = [];
  const byArchive = new Map<string, Evidence>();
  const versions = new Map<string, number>();
  for (const evidence of vault) {
    byArchive.set(evidence.archiveId, evidence);
    const version = `${evidence.sessionId}:${String(evidence.version)}`;
    const digest = sha256(evidence.content);
    // With its content: a session that was deleted and made anew has the version of its namesake.
    versions.set(`${version} ${digest}`, (versions.get(`${version} ${digest}`) ?? 0) + 1);
    if (digest !== evidence.digest) found.push(`${version} is corrupt in the vault`);
    if (!ids.includes(evidence.sessionId)) found.push(`${version} was archived early`);
  }
  for (const [version, count] of versions) if (count > 1) found.push(`${version} is archived ${String(count)} times`);
  for (const id of ids) found.push(...aboutSession(graph, id, byArchive, pruned.get(id)));
  return found;
}

function aboutSession(
  graph: MemoryGraph,
  id: string,
  vault: ReadonlyMap<string, Evidence>,
  pruned: Uint8Array | undefined,
): string[] {
  const loaded = graph.load(id);
  if (loaded === undefined) {
    const isHeld = (held: Evidence): boolean => held.sessionId === id && Buffer.compare(held.content, pruned!) === 0;
    return pruned !== undefined && [...vault.values()].some(isHeld) ? [] : [`${id} is lost`];
  }
  const { ref, bytes } = loaded;
  const records = graph.archives(id);
  const current = records.find(({ version }) => version === ref.version);
  const lost = records
    .filter((record) => !isBacked(record, id, vault))
    .map(({ version }) => `${id}:${String(version)} is marked without its archive`);
  if (current === undefined) return [...lost, `${id} is not archived`];
  const content = vault.get(current.archiveId)?.content;
  const same = content !== undefined && Buffer.compare(content, bytes) === 0;
  return same ? lost : [...lost, `${id} is archived with other content`];
}

function isBacked(record: ArchiveRecord, id: string, vault: ReadonlyMap<string, Evidence>): boolean {
  const evidence = vault.get(record.archiveId);
  return evidence?.sessionId === id && evidence.version === record.version && evidence.digest === record.digest;
}
