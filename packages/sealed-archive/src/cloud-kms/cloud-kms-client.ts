import { ArchiveError } from '../archive-error.ts';
import { crc32c } from './crc32c.ts';

export interface CloudKmsClientOptions {
  /** An OAuth 2.0 access token for the scope `https://www.googleapis.com/auth/cloudkms`; asked for before every call. */
  readonly accessToken: () => string | Promise<string>;
  /** @default 'https://cloudkms.googleapis.com' */
  readonly endpoint?: string;
  /**
   * Milliseconds for one call, its body included.
   *
   * @default 10_000
   */
  readonly timeoutMs?: number;
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch;
}

export interface CloudKmsClient {
  encrypt(keyName: string, plaintext: Uint8Array, bound: Uint8Array): Promise<Uint8Array>;
  decrypt(keyName: string, ciphertext: Uint8Array, bound: Uint8Array): Promise<Uint8Array>;
}

export function cloudKmsClient(options: CloudKmsClientOptions): CloudKmsClient {
  const { endpoint = 'https://cloudkms.googleapis.com', timeoutMs = 10_000, accessToken } = options;
  const send = options.fetch ?? globalThis.fetch;
  if (!URL.canParse(endpoint))
    throw new ArchiveError('invalid_options', `\`endpoint\` must be a URL, got "${endpoint}"`);
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > 2 ** 31 - 1)
    throw new ArchiveError(
      'invalid_options',
      `\`timeoutMs\` must be an integer from 1 to 2147483647, got ${timeoutMs}`,
    );

  async function call(keyName: string, method: 'encrypt' | 'decrypt', body: object): Promise<Record<string, unknown>> {
    const token = await accessToken();
    let response: Response;
    try {
      response = await send(new URL(`/v1/${keyName}:${method}`, endpoint), {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (response.ok) return (await response.json()) as Record<string, unknown>;
      await response.body?.cancel();
    } catch (cause) {
      throw new ArchiveError('key_unavailable', `Cloud KMS ${method} with "${keyName}" failed`, { cause });
    }
    // To decrypt, 400 is how the service says that the ciphertext, the key or the associated data do not match.
    const code = method === 'decrypt' && response.status === 400 ? 'wrong_key' : 'key_unavailable';
    throw new ArchiveError(code, `Cloud KMS ${method} with "${keyName}" answered ${response.status}`);
  }

  return {
    async encrypt(keyName, plaintext, bound) {
      const answer = await call(keyName, 'encrypt', {
        plaintext: base64(plaintext),
        plaintextCrc32c: String(crc32c(plaintext)),
        additionalAuthenticatedData: base64(bound),
        additionalAuthenticatedDataCrc32c: String(crc32c(bound)),
      });
      // A data key garbled on the way would be found out only when the archive is needed.
      if (answer['verifiedPlaintextCrc32c'] !== true || answer['verifiedAdditionalAuthenticatedDataCrc32c'] !== true)
        throw new ArchiveError('key_unavailable', `Cloud KMS did not verify what it encrypted with "${keyName}"`);
      return checked(answer, 'ciphertext', keyName);
    },
    async decrypt(keyName, ciphertext, bound) {
      const answer = await call(keyName, 'decrypt', {
        ciphertext: base64(ciphertext),
        ciphertextCrc32c: String(crc32c(ciphertext)),
        additionalAuthenticatedData: base64(bound),
        additionalAuthenticatedDataCrc32c: String(crc32c(bound)),
      });
      return checked(answer, 'plaintext', keyName);
    },
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** The bytes of an answer, if they arrived as they were sent; 64-bit integers are strings in Google's JSON. */
function checked(answer: Record<string, unknown>, field: 'ciphertext' | 'plaintext', keyName: string): Uint8Array {
  const text = answer[field];
  const bytes = typeof text === 'string' ? Buffer.from(text, 'base64') : undefined;
  if (!bytes || answer[`${field}Crc32c`] !== String(crc32c(bytes)))
    throw new ArchiveError('key_unavailable', `Cloud KMS answered for "${keyName}" with a damaged ${field}`);
  return new Uint8Array(bytes);
}
