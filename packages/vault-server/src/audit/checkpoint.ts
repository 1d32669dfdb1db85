import { createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';

import { auditGenesis, type AuditEntry } from './audit-entry.ts';

/** The head of an audit chain, signed: whoever keeps it can prove later that nothing before it was cut off. */
export interface AuditCheckpoint {
  readonly tenant: string;
  /** 0 for a chain without entries. */
  readonly sequence: number;
  readonly hash: string;
  readonly at: Date;
  /** First 16 hex digits of the SHA-256 of the public key (SPKI, DER). */
  readonly keyId: string;
  /** Ed25519 (RFC 8032) over the fields above, base64. */
  readonly signature: string;
}

/** @throws {TypeError} when `key` is not a private Ed25519 key */
export function checkCheckpointKey(key: KeyObject): void {
  if (key.type !== 'private' || key.asymmetricKeyType !== 'ed25519')
    throw new TypeError(`\`checkpointKey\` must be a private Ed25519 key, got ${key.asymmetricKeyType ?? key.type}`);
}

export function signCheckpoint(
  tenant: string,
  head: AuditEntry | undefined,
  at: Date,
  privateKey: KeyObject,
): AuditCheckpoint {
  const keyId = keyIdOf(createPublicKey(privateKey));
  const facts = { tenant, sequence: head?.sequence ?? 0, hash: head?.hash ?? auditGenesis, at, keyId };
  return { ...facts, signature: sign(null, signedBytes(facts), privateKey).toString('base64') };
}

/** Whether the owner of `publicKey` signed exactly this. */
export function verifyCheckpoint(checkpoint: AuditCheckpoint, publicKey: KeyObject): boolean {
  return verify(null, signedBytes(checkpoint), publicKey, Buffer.from(checkpoint.signature, 'base64'));
}

function keyIdOf(publicKey: KeyObject): string {
  return hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'hex').slice(0, 16);
}

function signedBytes({ tenant, sequence, hash, at, keyId }: Omit<AuditCheckpoint, 'signature'>): Buffer {
  const label = 'llm-memory-graph/vault-checkpoint/v1';
  return Buffer.from(JSON.stringify([label, tenant, sequence, hash, at.toISOString(), keyId]));
}
