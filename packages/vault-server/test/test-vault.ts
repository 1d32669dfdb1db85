import { generateKey, localKeyRing } from '@llm-memory-graph/sealed-archive';
import { type ApiKey } from '@llm-memory-graph/service';

import { createVaultServer, memoryArchiveStore, type VaultServer, type VaultServerOptions } from '../src/index.ts';

/** Both clocks run together unless the wall clock is set. */
export interface TestClock {
  now(): number;
  monotonic(): number;
  advance(ms: number): void;
  setWall(text: string): void;
}

export interface TestVault {
  readonly server: VaultServer;
  readonly clock: TestClock;
  /** One request with the key `all` unless told otherwise. */
  readonly ask: (
    method: string,
    path: string,
    body?: string | Uint8Array,
    headers?: Record<string, string>,
  ) => Promise<Response>;
  readonly json: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Record<string, unknown>>;
}

export const keys: ApiKey[] = [
  { secret: 'all', tenant: 'acme' },
  { secret: 'reader', tenant: 'acme', scopes: ['read'] },
  { secret: 'writer', tenant: 'acme', scopes: ['read', 'write'] },
  { secret: 'holder', tenant: 'acme', scopes: ['read', 'hold'] },
  { secret: 'deleter', tenant: 'acme', scopes: ['read', 'delete'] },
  { secret: 'admin', tenant: 'acme', scopes: ['admin'] },
  { secret: 'globex', tenant: 'globex' },
];

export function testVault(options: Partial<VaultServerOptions> = {}): TestVault {
  let now = Date.parse('2026-03-01T12:00:00Z');
  let monotonic = 0;
  const clock: TestClock = {
    now: () => now,
    monotonic: () => monotonic,
    advance: (ms) => {
      now += ms;
      monotonic += ms;
    },
    setWall: (text) => {
      now = Date.parse(text);
    },
  };
  const keyProvider = localKeyRing({ keys: { test: generateKey() }, primary: 'test' });
  const server = createVaultServer({ store: memoryArchiveStore(), keys, keyProvider, clock, ...options });
  const ask: TestVault['ask'] = async (method, path, body, headers = {}) => {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const init = { method, headers: { authorization: 'Bearer all', ...type, ...headers } };
    return server.fetch(
      new Request(`http://vault.test${path}`, body === undefined ? init : { ...init, body: body as BodyInit }),
    );
  };
  return {
    server,
    clock,
    ask,
    json: async (method, path, body, headers) =>
      (await (
        await ask(method, path, body === undefined ? undefined : JSON.stringify(body), headers)
      ).json()) as Record<string, unknown>,
  };
}

export interface EntryFields {
  readonly [name: string]: unknown;
  readonly id?: string;
  readonly session_id?: string;
}

/** An entry as the existing client writes it. */
export function entry(fields: EntryFields = {}): Record<string, unknown> {
  return {
    id: '6f1c9a52-3b1e-4f0d-9a40-0d8f3f6f2a11',
    session_id: 'session-1',
    data: { messages: [{ role: 'user', content: 'hello' }] },
    archived_at: '2026-03-01T11:59:59.123456789Z',
    retention_days: 365,
    tags: ['manual'],
    metadata: { archived_by: 'archival_scheduler' },
    ...fields,
  };
}
