import { contract } from '@llm-memory-graph/contracts';
import * as z from 'zod/mini';
import { leafHash, merkleRoot } from './merkle.ts';
import type { EvidenceSigner } from './signer.ts';
import { base64, hex, utf8 } from './text-bytes.ts';

const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const count = z.int().check(z.gte(0));

const archivedSession = z.object({
  sessionId: z.string(),
  /** Null when the archive does not say. */
  version: z.nullable(count),
  archiveId: z.string(),
  /** `sha256:<hex>` of the sealed bytes. */
  digest: z.string(),
  size: count,
});

/** One archive of a run. */
export type ManifestEntry = z.output<typeof archivedSession>;

/** What a run is, but for its sessions: what is signed together with their root. */
const runFacts = {
  format: z.literal('llm-memory-graph.run-evidence.v1'),
  runId: z.string(),
  owner: z.string(),
  startedAt: z.date(),
  finishedAt: z.date(),
  /** Sessions last touched at or before it were due. */
  cutoff: z.date(),
  archivedCount: count,
  failedCount: count,
  skippedCount: count,
  /** Archives that the vault holds of the run. */
  size: count,
  /** Root of the Merkle tree (RFC 9162) over them. */
  root: sha256,
  keyId: z.string(),
  /** Ed25519 (RFC 8032), base64. */
  signature: z.string(),
};

/** The evidence of a run: its archives by digest, under one signed root. */
export const runManifest = contract('RunManifest', z.object({ ...runFacts, sessions: z.array(archivedSession) }));
export type RunManifest = ReturnType<typeof runManifest.parse>;

/** That one archive is of a run, without the others. */
export const runProof = contract(
  'RunProof',
  z.object({
    run: z.object(runFacts),
    session: archivedSession,
    index: count,
    /** Inclusion path, from the leaf up. */
    path: z.array(sha256),
  }),
);
export type RunProof = ReturnType<typeof runProof.parse>;
/** What is signed. */
export type RunFacts = RunProof['run'];

/** An entry as the tree has it: JSON of an array, so that nothing can be moved between its members. */
export function leafOf({ sessionId, version, archiveId, digest, size }: ManifestEntry): Promise<Uint8Array> {
  return leafHash(utf8(JSON.stringify([sessionId, version, archiveId, digest, size])));
}

export function signedBytes(run: Omit<RunFacts, 'signature'>): Uint8Array<ArrayBuffer> {
  const { format, runId, owner, startedAt, finishedAt, cutoff, archivedCount, failedCount, skippedCount } = run;
  const times = [startedAt, finishedAt, cutoff].map((time) => time.toISOString());
  const counts = [archivedCount, failedCount, skippedCount, run.size];
  return utf8(JSON.stringify([format, runId, owner, ...times, ...counts, run.root, run.keyId]));
}

/** Signs a run and its archives, which are put in order. */
export async function signManifest(
  run: Omit<RunFacts, 'format' | 'size' | 'root' | 'keyId' | 'signature'>,
  entries: readonly ManifestEntry[],
  signer: EvidenceSigner,
): Promise<RunManifest> {
  const sessions = [...entries].sort((a, b) => (a.archiveId < b.archiveId ? -1 : 1));
  const root = hex(await merkleRoot(await Promise.all(sessions.map(leafOf))));
  const format = 'llm-memory-graph.run-evidence.v1' as const;
  const facts = { ...run, format, size: sessions.length, root, keyId: signer.keyId };
  return { ...facts, signature: base64(await signer.sign(signedBytes(facts))), sessions };
}
