import { createPublicKey, type KeyObject } from 'node:crypto';

import { type ErasureReceipt } from '@llm-memory-graph/contracts';

import { type ErasureReport } from '../retention/erasure.ts';
import { keyIdOf, signStatement, verifyStatement } from './signature.ts';

const label = 'llm-memory-graph/vault-erasure/v1';

/** Signs what became of an erasure request. */
export function signErasure(report: ErasureReport, privateKey: KeyObject): ErasureReceipt {
  const keyId = keyIdOf(createPublicKey(privateKey));
  return { ...report, keyId, signature: signStatement(statementOf({ ...report, keyId }), privateKey) };
}

/**
 * Whether the owner of `publicKey` signed exactly this receipt. That the erasures happened shows in the audit chain,
 * where each has the entry that the receipt names.
 */
export function verifyErasureReceipt(receipt: ErasureReceipt, publicKey: KeyObject): boolean {
  const { signature } = receipt;
  return signature !== null && verifyStatement(statementOf(receipt), signature, publicKey);
}

function statementOf(receipt: Omit<ErasureReceipt, 'signature'>): readonly unknown[] {
  const { erasureId, tenant, at, reference, dryRun, erased, kept, absent, auditSequence, keyId } = receipt;
  return [
    ...[label, erasureId, tenant, at.toISOString(), reference, dryRun],
    erased.map(({ archiveId, digest, auditSequence: entry }) => [archiveId, digest, entry]),
    kept.map(({ archiveId, reason, lock }) => [
      archiveId,
      reason,
      lock?.mode ?? null,
      lock?.until.toISOString() ?? null,
    ]),
    absent,
    auditSequence,
    keyId,
  ];
}
