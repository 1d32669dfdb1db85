import { createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';

/** @throws {TypeError} when `key` is not a private Ed25519 key */
export function checkSigningKey(key: KeyObject): void {
  if (key.type !== 'private' || key.asymmetricKeyType !== 'ed25519')
    throw new TypeError(`\`checkpointKey\` must be a private Ed25519 key, got ${key.asymmetricKeyType ?? key.type}`);
}

/** First 16 hex digits of the SHA-256 of a public key (SPKI, DER). */
export function keyIdOf(publicKey: KeyObject): string {
  return hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'hex').slice(0, 16);
}

/** The public key of a private one, in PEM. */
export function publicPemOf(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }) as string;
}

/** Ed25519 (RFC 8032) over the UTF-8 of a JSON array whose first element says what the statement is. */
export function signStatement(statement: readonly unknown[], privateKey: KeyObject): string {
  return sign(null, bytesOf(statement), privateKey).toString('base64');
}

export function verifyStatement(statement: readonly unknown[], signature: string, publicKey: KeyObject): boolean {
  return verify(null, bytesOf(statement), publicKey, Buffer.from(signature, 'base64'));
}

function bytesOf(statement: readonly unknown[]): Buffer {
  return Buffer.from(JSON.stringify(statement));
}
