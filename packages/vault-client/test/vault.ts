import { generateKey, localKeyRing } from '@llm-memory-graph/sealed-archive';
import { createVaultServer, memoryArchiveStore } from '@llm-memory-graph/vault-server';
import type { Fetch } from '@llm-memory-graph/http';
import { VaultClient, type VaultClientOptions } from '../src/index.ts';

export const apiKey = 'test-key';

/** A request as the vault got it. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Stands between client and vault: may change, drop or repeat what passes. */
export type Tamper = (next: (request: Request) => Promise<Response>, request: Request) => Promise<Response>;

/** A real vault in this process, and clients of it. */
export function vaultFor() {
  const server = createVaultServer({
    store: memoryArchiveStore(),
    keys: [{ secret: apiKey, tenant: 'default', scopes: ['*'] }],
    keyProvider: localKeyRing({ keys: { server: generateKey() }, primary: 'server' }),
  });
  const sent: Sent[] = [];
  const client = (options: Partial<VaultClientOptions> = {}, tamper?: Tamper): VaultClient => {
    const next = async (request: Request): Promise<Response> => server.fetch(request);
    const fetch: Fetch = async (input, init) => {
      const request = new Request(input, init);
      const { pathname } = new URL(input);
      const body = new Uint8Array(await request.clone().arrayBuffer());
      sent.push({ method: request.method, path: pathname, headers: request.headers, body });
      return tamper ? tamper(next, request) : next(request);
    };
    return new VaultClient({ apiKey, fetch, retry: { initialDelayMs: 1, maxDelayMs: 2 }, ...options });
  };
  return { client, sent, server, key: apiKey };
}
