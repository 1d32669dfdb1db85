import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

import { crc32c } from '../src/cloud-kms/crc32c.ts';

interface Call {
  plaintext?: string;
  ciphertext?: string;
  plaintextCrc32c?: string;
  ciphertextCrc32c?: string;
  additionalAuthenticatedData: string;
  additionalAuthenticatedDataCrc32c: string;
}

export interface FakeCloudKms extends AsyncDisposable {
  readonly endpoint: string;
  /** Every call answered, as `encrypt projects/…`. */
  readonly calls: string[];
  /** Answers for a key with this status, `garbled` bytes, or not at all (`hang`), until deleted. */
  readonly faults: Map<string, number | 'garbled' | 'hang'>;
}

/** The two methods of Cloud KMS that matter here, strict about token, checksums and associated data. */
export async function fakeCloudKms(token: string, keyNames: readonly string[]): Promise<FakeCloudKms> {
  const keys = new Map(keyNames.map((name) => [name, randomBytes(32)]));
  const calls: string[] = [];
  const faults: FakeCloudKms['faults'] = new Map();

  const answer = async (request: IncomingMessage): Promise<number | object | undefined> => {
    const [, name = '', method = ''] = /^\/v1\/(projects\/.+):(encrypt|decrypt)$/.exec(request.url ?? '') ?? [];
    const key = keys.get(name);
    const fault = faults.get(name);
    if (request.headers.authorization !== `Bearer ${token}`) return 401;
    if (request.method !== 'POST' || !key) return 404;
    if (fault === 'hang') return undefined;
    if (typeof fault === 'number') return fault;
    calls.push(`${method} ${name}`);
    const body = (await new Response(request as never).json()) as Call;
    const aad = Buffer.from(body.additionalAuthenticatedData, 'base64');
    const given = Buffer.from(body.plaintext ?? body.ciphertext ?? '', 'base64');
    if (
      String(crc32c(aad)) !== body.additionalAuthenticatedDataCrc32c ||
      String(crc32c(given)) !== (body.plaintextCrc32c ?? body.ciphertextCrc32c)
    )
      return 400;
    const result = method === 'encrypt' ? encrypt(key, given, aad) : decrypt(key, given, aad);
    if (!result) return 400;
    const field = method === 'encrypt' ? 'ciphertext' : 'plaintext';
    const crc = String(crc32c(result));
    if (fault === 'garbled') result[0]! ^= 1;
    return {
      name: `${name}/cryptoKeyVersions/1`,
      [field]: result.toString('base64'),
      [`${field}Crc32c`]: crc,
      verifiedPlaintextCrc32c: true,
      verifiedAdditionalAuthenticatedDataCrc32c: true,
    };
  };

  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const result = await answer(request);
    if (result === undefined) return;
    const [status, body] = typeof result === 'number' ? [result, { error: { code: result } }] : [200, result];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

  const server = createServer((request, response) => void reply(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    faults,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function encrypt(key: Buffer, plaintext: Buffer, aad: Buffer): Buffer {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad);
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, ciphertext: Buffer, aad: Buffer): Buffer | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, ciphertext.subarray(0, 12)).setAAD(aad);
    decipher.setAuthTag(ciphertext.subarray(-16));
    return Buffer.concat([decipher.update(ciphertext.subarray(12, -16)), decipher.final()]);
  } catch {
    return undefined;
  }
}
