import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { createRegistryServer, memoryRegistryStore, type RegistryStore } from '@llm-memory-graph/registry-server';
import { sqliteRegistryStore } from '@llm-memory-graph/registry-server/node';
import { generateKey, localKeyRing } from '@llm-memory-graph/sealed-archive';
import { createVaultServer, memoryArchiveStore, type ArchiveStore } from '@llm-memory-graph/vault-server';
import { sqliteArchiveStore } from '@llm-memory-graph/vault-server/node';
import { afterAll, describe, expect, it } from 'vitest';
import { requestsOf, type OddRequest, type OpenApi } from './requests-of.ts';

const requests = Number(process.env['ABUSE_REQUESTS'] ?? 3_000);
const seed = Number(process.env['ABUSE_SEED'] ?? 1);
/** Far more than any request takes on a loaded machine: a hang is told from a slow answer. */
const hangMs = 60_000;

const dir = mkdtempSync(join(tmpdir(), 'abuse-'));
afterAll(() => rmSync(dir, { recursive: true }));

const marker = 'content-of-the-other-tenant';
const keys = [
  { secret: 'mine', tenant: 'mine' },
  { secret: 'reader', tenant: 'mine', scopes: ['registry:read', 'read'] },
  { secret: 'other', tenant: 'other' },
];
const failures: object[] = [];
const quiet = (): void => undefined;
const logger = { debug: quiet, info: quiet, warn: quiet, error: (fields: object) => void failures.push(fields) };

interface Service {
  readonly fetch: (request: Request, env?: object) => Response | Promise<Response>;
  readonly close: () => Promise<void>;
  /** What the other tenant holds: written with POST, read at these paths. */
  readonly planted: readonly (readonly [path: string, body: string])[];
  readonly read: readonly string[];
}

const session = `{"session_id":"s","model_id":"gpt-4","started_at":"2026-01-01T00:00:00Z","metadata":{"k":"${marker}"},"tags":["${marker}"]}`;
const usage = `{"session_id":"s","prompt_tokens":1,"completion_tokens":1,"total_tokens":2,"timestamp":"2026-01-01T00:00:00Z","metadata":{"k":"${marker}"}}`;
const archive = `{"id":"a","session_id":"s","data":{"k":"${marker}"},"archived_at":"2026-01-01T00:00:00Z","retention_days":30,"tags":["${marker}"],"metadata":{}}`;
const policy = `{"policy_id":"p","name":"${marker}","retention_days":30,"created_at":"2026-01-01T00:00:00Z"}`;

function registry(store: RegistryStore = memoryRegistryStore()): Service {
  return {
    ...createRegistryServer({ store, keys, logger, limits: { maxBodyBytes: 2 ** 20 } }),
    close: () => store.close(),
    planted: [
      ['/api/v1/sessions', session],
      ['/api/v1/usage', usage],
    ],
    read: ['/api/v1/sessions/s', '/api/v1/sessions', '/api/v1/usage', '/api/v1/models/gpt-4/usage'],
  };
}

function vault(store: ArchiveStore = memoryArchiveStore()): Service {
  const keyProvider = localKeyRing({ keys: { k: generateKey() }, primary: 'k' });
  const checkpointKey = generateKeyPairSync('ed25519').privateKey;
  return {
    ...createVaultServer({ store, keys, keyProvider, checkpointKey, logger, limits: { maxBodyBytes: 2 ** 20 } }),
    close: () => store.close(),
    planted: [
      ['/api/v1/archive', archive],
      ['/api/v1/policies', policy],
    ],
    read: ['/api/v1/archive/a', '/api/v1/archive/a/metadata', '/api/v1/policies/p', '/api/v1/audit'],
  };
}

const authorization = (key: string) => ({ authorization: `Bearer ${key}` });

async function asOther(service: Service, path: string): Promise<string> {
  const answer = await service.fetch(new Request(`http://service${path}`, { headers: authorization('other') }));
  expect(answer.status, path).toBe(200);
  return answer.text();
}

async function plant({ fetch, planted }: Service): Promise<void> {
  const headers = { ...authorization('other'), 'content-type': 'application/json' };
  for (const [path, body] of planted) {
    const answer = await fetch(new Request(`http://service${path}`, { method: 'POST', headers, body }));
    expect(answer.status, path).toBeLessThan(300);
  }
}

async function send({ fetch }: Service, key: string | undefined, odd: OddRequest): Promise<[Response, string]> {
  const headers = { ...odd.headers, ...(key === undefined ? {} : authorization(key)) };
  // A `Request` resolves dot segments by itself; the server sees them in the target as it came over the wire.
  const request = new Request(`http://service/${odd.target.replace(/^\/+/, '')}`, {
    method: odd.method,
    headers,
    ...(odd.body ? { body: odd.body as Uint8Array<ArrayBuffer> } : {}),
  });
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), hangMs);
  });
  try {
    const answered = async (): Promise<[Response, string]> => {
      const answer = await fetch(request, { incoming: { url: odd.target } });
      return [answer, Buffer.from(await answer.arrayBuffer()).toString('latin1')];
    };
    return await Promise.race([answered(), hang]);
  } finally {
    clearTimeout(timer);
  }
}

describe.each<[string, () => Service]>([
  ['registry in memory', () => registry()],
  ['registry on SQLite', () => registry(sqliteRegistryStore({ path: join(dir, 'registry.db') }))],
  ['vault in memory', () => vault()],
  ['vault on SQLite', () => vault(sqliteArchiveStore({ path: join(dir, 'vault.db') }))],
])('a %s', (_name, open) => {
  it(`answers ${String(requests / 4)} odd requests: no 500, no hang, a problem for every error, nothing of another tenant`, async () => {
    const service = open();
    await plant(service);
    const before = await Promise.all(service.read.map((path) => asOther(service, path)));
    const document = JSON.parse(await asOther(service, '/openapi.json')) as OpenApi;
    const key = fc.constantFrom('mine', 'mine', 'mine', 'reader', 'wrong', undefined);
    const seen = new Set<number>();
    failures.length = 0;

    const property = fc.asyncProperty(key, requestsOf(document), async (secret, odd) => {
      const [answer, text] = await send(service, secret, odd);
      seen.add(answer.status);
      expect(failures).toEqual([]);
      expect(answer.status).toBeLessThan(500);
      expect(answer.headers.get('x-request-id')).toBeTruthy();
      expect(text).not.toContain(marker);
      for (const [, value] of answer.headers) expect(value).not.toContain(marker);
      if (answer.status < 400) return;
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      if (odd.method !== 'HEAD') expect(JSON.parse(text)).toMatchObject({ status: answer.status });
    });
    await fc.assert(property, { numRuns: Math.ceil(requests / 4), seed, endOnFailure: true });

    // The requests are odd, but not so odd that nothing gets through.
    expect([...seen]).toEqual(expect.arrayContaining([200, 400, 401, 403, 404, 405, 413, 415]));
    const after = await Promise.all(service.read.map((path) => asOther(service, path)));
    expect(after).toEqual(before);
    await service.close();
  });
});
