import { sha256 } from '../sha256.ts';
import { base64, unbase64 } from './text-bytes.ts';

/** Signs evidence with Ed25519 (RFC 8032); the key may live elsewhere. */
export interface EvidenceSigner {
  /** First 16 hex digits of the SHA-256 of the public key (SPKI, DER), as in the vault's checkpoints. */
  readonly keyId: string;
  /** SPKI in PEM; keep it apart from the vault. */
  readonly publicKey: string;
  sign(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
}

function derOf(pem: string, label: string): Uint8Array<ArrayBuffer> {
  const body = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`).exec(pem)?.[1];
  const der = body === undefined ? undefined : unbase64(body.replace(/\s/g, ''));
  if (der === undefined) throw new TypeError(`the key must be a ${label} in PEM`);
  return der;
}

async function idOf(spki: Uint8Array): Promise<string> {
  return (await sha256(spki)).slice(0, 16);
}

/**
 * A signer over a private key in PEM (PKCS #8), for example of `openssl genpkey -algorithm ed25519`.
 *
 * @throws {TypeError} when the text is no such key; the key is not shown
 */
export async function evidenceSigner(privateKey: string): Promise<EvidenceSigner> {
  const der = derOf(privateKey, 'PRIVATE KEY');
  const key = await crypto.subtle.importKey('pkcs8', der, 'Ed25519', true, ['sign']).catch(() => {
    throw new TypeError('the key must be an Ed25519 private key (PKCS #8)');
  });
  const { kty, crv, x } = await crypto.subtle.exportKey('jwk', key);
  const jwk = { kty, crv, x } as JsonWebKey;
  const publicKey = await crypto.subtle.importKey('jwk', jwk, 'Ed25519', true, ['verify']);
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', publicKey));
  return {
    keyId: await idOf(spki),
    publicKey: `-----BEGIN PUBLIC KEY-----\n${base64(spki)}\n-----END PUBLIC KEY-----\n`,
    sign: async (bytes) => new Uint8Array(await crypto.subtle.sign('Ed25519', key, bytes)),
  };
}

/** Checks signatures with the public key only. */
export interface EvidenceVerifier {
  readonly keyId: string;
  /** @param signature base64 */
  verify(bytes: Uint8Array<ArrayBuffer>, signature: string): Promise<boolean>;
}

/** @param publicKey SPKI in PEM @throws {TypeError} when the text is no such key */
export async function evidenceVerifier(publicKey: string): Promise<EvidenceVerifier> {
  const spki = derOf(publicKey, 'PUBLIC KEY');
  const key = await crypto.subtle.importKey('spki', spki, 'Ed25519', true, ['verify']).catch(() => {
    throw new TypeError('the key must be an Ed25519 public key (SPKI)');
  });
  return {
    keyId: await idOf(spki),
    async verify(bytes, signature) {
      const raw = unbase64(signature);
      return raw !== undefined && crypto.subtle.verify('Ed25519', key, raw, bytes);
    },
  };
}
