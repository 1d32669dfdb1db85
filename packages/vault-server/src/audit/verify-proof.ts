import { type KeyObject } from 'node:crypto';

import { type AuditCheckpoint, type AuditConsistency, type AuditProof } from '@llm-memory-graph/contracts';

import { auditHash } from './audit-entry.ts';
import { verifyCheckpoint } from './checkpoint.ts';
import { isConsistent, leafHash, rootByInclusion } from './merkle-tree.ts';

/**
 * Whether an audit entry, exactly as it is here, is in the chain that the owner of `publicKey` signed. With the entry of
 * an archive comes the digest of its bytes, to compare with a receipt.
 *
 * @example
 * ```ts
 * const proof = auditProof.decode(await answer.json());
 * const isProven = verifyInclusion(proof, publicKey) && proof.entry.detail.digest === receipt.digest;
 * ```
 */
export function verifyInclusion({ entry, path, checkpoint }: AuditProof, publicKey: KeyObject): boolean {
  if (!verifyCheckpoint(checkpoint, publicKey)) return false;
  if (entry.hash !== auditHash(checkpoint.tenant, entry)) return false;
  const leaf = leafHash(bytesOf(entry.hash));
  const root = rootByInclusion(entry.sequence - 1, checkpoint.sequence, leaf, path.map(bytesOf));
  return root !== undefined && Buffer.compare(root, bytesOf(checkpoint.root)) === 0;
}

/**
 * Whether the chain of a newer checkpoint begins with all entries of one kept from before, unchanged.
 *
 * @param older a checkpoint kept from before
 * @param consistency the vault's answer for `from` = `older.sequence`
 */
export function verifyConsistency(
  older: AuditCheckpoint,
  { path, checkpoint: newer }: AuditConsistency,
  publicKey: KeyObject,
): boolean {
  return (
    older.tenant === newer.tenant &&
    verifyCheckpoint(older, publicKey) &&
    verifyCheckpoint(newer, publicKey) &&
    isConsistent(treeOf(older), treeOf(newer), path.map(bytesOf))
  );
}

function treeOf({ sequence, root }: AuditCheckpoint): { size: number; root: Uint8Array } {
  return { size: sequence, root: bytesOf(root) };
}

function bytesOf(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}
