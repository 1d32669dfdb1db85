import { hex } from './evidence/text-bytes.ts';

interface NodeCrypto {
  hash(algorithm: 'sha256', data: Uint8Array, encoding: 'hex'): string;
}

const { process } = globalThis as { process?: { getBuiltinModule?(id: string): unknown } };
const node = process?.getBuiltinModule?.('node:crypto') as NodeCrypto | undefined;

/** More would hold up the event loop for a millisecond. */
const atOnceBytes = 1024 * 1024;

/**
 * Hex sha256. Of small documents by node:crypto where there is one: WebCrypto goes through the thread pool, which costs
 * several times what the hash does.
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  return node && bytes.length <= atOnceBytes ? node.hash('sha256', bytes, 'hex') : sha256ByWebCrypto(bytes);
}

/** {@link sha256} everywhere else. */
export async function sha256ByWebCrypto(bytes: Uint8Array): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)));
}
