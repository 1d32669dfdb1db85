import { sha256 } from '../sha256.ts';
import { inclusionPath, merkleRoot, rootOfPath } from './merkle.ts';
import {
  leafOf,
  runManifest,
  runProof,
  signedBytes,
  type RunFacts,
  type RunManifest,
  type RunProof,
} from './run-manifest.ts';
import { evidenceVerifier } from './signer.ts';
import { hex, unhex } from './text-bytes.ts';

/** What is wrong with evidence; never what it holds. */
export type EvidenceProblem =
  /** Not JSON, or not of this form. */
  | 'malformed'
  /** Signed with another key. */
  | 'unknown-key'
  /** A fact about the run, or the root, was changed. */
  | 'bad-signature'
  /** A session was added, dropped, changed, or stands twice. */
  | 'bad-sessions';

export type RunVerdict<Evidence> =
  { readonly ok: true; readonly evidence: Evidence } | { readonly ok: false; readonly problem: EvidenceProblem };

async function signatureProblem(run: RunFacts, publicKey: string): Promise<EvidenceProblem | undefined> {
  const verifier = await evidenceVerifier(publicKey);
  if (run.keyId !== verifier.keyId) return 'unknown-key';
  return (await verifier.verify(signedBytes(run), run.signature)) ? undefined : 'bad-signature';
}

function read<T>(decode: (json: unknown) => T, text: string): T | undefined {
  try {
    return decode(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * Checks the evidence of a run, offline and with the public key only: the signature, and that exactly the signed
 * archives are listed.
 *
 * @param text the manifest as the vault gave it back
 * @param publicKey of the signer, from elsewhere than the vault (SPKI, PEM)
 * @throws {TypeError} when `publicKey` is none
 *
 * @example
 * const verdict = await verifyRun(await readFile('manifest.json', 'utf8'), await readFile('evidence.pub.pem', 'utf8'));
 */
export async function verifyRun(text: string, publicKey: string): Promise<RunVerdict<RunManifest>> {
  const evidence = read((json) => runManifest.decode(json), text);
  if (!evidence) return { ok: false, problem: 'malformed' };
  const problem = await signatureProblem(evidence, publicKey);
  if (problem) return { ok: false, problem };
  const { sessions, size, root } = evidence;
  const distinct = new Set(sessions.map(({ archiveId }) => archiveId)).size;
  const computed = hex(await merkleRoot(await Promise.all(sessions.map(leafOf))));
  if (sessions.length !== size || distinct !== size || computed !== root) return { ok: false, problem: 'bad-sessions' };
  return { ok: true, evidence };
}

/** Whether sealed bytes are those that a run archived: offline as well. */
export async function isArchiveOf(manifest: RunManifest, archiveId: string, sealed: Uint8Array): Promise<boolean> {
  const digest = await sha256(sealed);
  return manifest.sessions.some((entry) => entry.archiveId === archiveId && entry.digest === `sha256:${digest}`);
}

/** The proof that an archive is of a run, to be given away without the other sessions. Undefined when it is not. */
export async function proveArchived(manifest: RunManifest, archiveId: string): Promise<RunProof | undefined> {
  const { sessions, ...run } = manifest;
  const index = sessions.findIndex((entry) => entry.archiveId === archiveId);
  const session = sessions[index];
  if (!session) return undefined;
  const path = await inclusionPath(await Promise.all(sessions.map(leafOf)), index);
  return { run, session, index, path: path.map(hex) };
}

/** Checks a proof, offline and with the public key only. @throws {TypeError} when `publicKey` is none */
export async function verifyArchived(text: string, publicKey: string): Promise<RunVerdict<RunProof>> {
  const evidence = read((json) => runProof.decode(json), text);
  if (!evidence) return { ok: false, problem: 'malformed' };
  const problem = await signatureProblem(evidence.run, publicKey);
  if (problem) return { ok: false, problem };
  const path = evidence.path.map((node) => unhex(node) ?? new Uint8Array());
  const root = await rootOfPath(await leafOf(evidence.session), evidence.index, evidence.run.size, path);
  return root && hex(root) === evidence.run.root ? { ok: true, evidence } : { ok: false, problem: 'bad-sessions' };
}
