import { createPublicKey, type KeyObject } from 'node:crypto';

import { type AuditCheckpoint } from '@llm-memory-graph/contracts';

import { type AuditEntry, auditGenesis } from './audit-entry.ts';
import { keyIdOf, signStatement, verifyStatement } from './signature.ts';

const label = 'llm-memory-graph/vault-checkpoint/v1';

/**
 * Signs the state of an audit chain: whoever keeps it can prove later that nothing before it was cut off or changed.
 *
 * @param root of the Merkle tree over all entries up to `head`
 */
export function signCheckpoint(
  tenant: string,
  head: AuditEntry | undefined,
  root: Uint8Array,
  at: Date,
  privateKey: KeyObject,
): AuditCheckpoint {
  const facts = {
    tenant,
    sequence: head?.sequence ?? 0,
    hash: head?.hash ?? auditGenesis,
    root: Buffer.from(root).toString('hex'),
    at,
    keyId: keyIdOf(createPublicKey(privateKey)),
  };
  return { ...facts, signature: signStatement(statementOf(facts), privateKey) };
}

/** Whether the owner of `publicKey` signed exactly this. */
export function verifyCheckpoint(checkpoint: AuditCheckpoint, publicKey: KeyObject): boolean {
  return verifyStatement(statementOf(checkpoint), checkpoint.signature, publicKey);
}

function statementOf(checkpoint: Omit<AuditCheckpoint, 'signature'>): readonly unknown[] {
  const { tenant, sequence, hash, root, at, keyId } = checkpoint;
  return [label, tenant, sequence, hash, root, at.toISOString(), keyId];
}
