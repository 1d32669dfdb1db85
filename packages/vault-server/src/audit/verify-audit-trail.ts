import { type KeyObject } from 'node:crypto';

import { type AuditCheckpoint, type AuditEntry } from '@llm-memory-graph/contracts';

import { verifyCheckpoint } from './checkpoint.ts';
import { GrowingTree } from './merkle-tree.ts';
import { keyIdOf } from './signature.ts';
import { verifyAudit } from './verify-audit.ts';

/** What an auditor holds of one tenant. */
export interface AuditTrail {
  readonly tenant: string;
  /** Every entry from the first, in order, as `GET /api/v1/audit` gave them. */
  readonly entries: Iterable<AuditEntry>;
  /** Checkpoints of this tenant that were kept elsewhere, in any order. */
  readonly checkpoints: readonly AuditCheckpoint[];
  /** The vault's public keys, present and former, from a source other than the vault. */
  readonly publicKeys: readonly KeyObject[];
}

export interface AuditFinding {
  /** The entry or the checkpoint's number of entries. */
  readonly sequence: number;
  readonly problem: string;
}

/**
 * Checks everything an auditor can check offline: that the chain is whole, and that it is the one that every checkpoint
 * signed. No finding means that no entry up to the newest checkpoint was changed, dropped, added or reordered since.
 *
 * @example
 * ```ts
 * const findings = verifyAuditTrail({ tenant: 'acme', entries, checkpoints, publicKeys: [publicKey] });
 * if (findings.length > 0) throw new Error(findings[0].problem);
 * ```
 */
export function verifyAuditTrail({ tenant, entries, checkpoints, publicKeys }: AuditTrail): AuditFinding[] {
  const keys = new Map(publicKeys.map((key) => [keyIdOf(key), key]));
  const findings: AuditFinding[] = [];
  const genuine = checkpoints.filter((checkpoint) => {
    const key = keys.get(checkpoint.keyId);
    const problem = !key
      ? 'the checkpoint is of an unknown key'
      : checkpoint.tenant !== tenant
        ? 'the checkpoint is of another tenant'
        : verifyCheckpoint(checkpoint, key)
          ? undefined
          : 'the checkpoint is not signed by the vault';
    if (problem !== undefined) findings.push({ sequence: checkpoint.sequence, problem });
    return problem === undefined;
  });
  const bySize = Map.groupBy(genuine, ({ sequence }) => sequence);
  const tree = new GrowingTree();
  const compare = (sequence: number, hash: string | undefined): void => {
    for (const checkpoint of bySize.get(sequence) ?? []) {
      const isSame = (hash ?? checkpoint.hash) === checkpoint.hash && hexOf(tree) === checkpoint.root;
      if (!isSame) findings.push({ sequence, problem: 'the chain is not the one that the checkpoint signed' });
    }
    bySize.delete(sequence);
  };
  compare(0, undefined);
  const verdict = verifyAudit(tenant, entries, undefined, (entry) => {
    tree.add(Buffer.from(entry.hash, 'hex'));
    compare(entry.sequence, entry.hash);
  });
  if (!verdict.ok) findings.push(verdict);
  else
    for (const sequence of bySize.keys())
      findings.push({ sequence, problem: `entries ${verdict.sequence + 1} to ${sequence} are missing` });
  return findings.map(({ sequence, problem }) => ({ sequence, problem }));
}

function hexOf(tree: GrowingTree): string {
  return Buffer.from(tree.root()).toString('hex');
}
