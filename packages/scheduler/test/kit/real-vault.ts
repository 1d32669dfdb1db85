import { generateKeyPairSync } from 'node:crypto';
import type { Clock } from '@llm-memory-graph/resilience';
import { generateKey, localKeyRing } from '@llm-memory-graph/sealed-archive';
import { archivePort, VaultClient } from '@llm-memory-graph/vault-client';
import { archiveSealer } from '@llm-memory-graph/vault-client/node';
import { createVaultServer, memoryArchiveStore } from '@llm-memory-graph/vault-server';

/** A real vault in this process, going by `clock`, and a client of it that seals. */
export function realVault(clock: Clock) {
  const server = createVaultServer({
    store: memoryArchiveStore(),
    keys: [{ secret: 'key' }],
    keyProvider: localKeyRing({ keys: { server: generateKey() }, primary: 'server' }),
    checkpointKey: generateKeyPairSync('ed25519').privateKey,
    clock,
  });
  const client = new VaultClient({
    apiKey: 'key',
    sealer: archiveSealer({ keys: localKeyRing({ keys: { client: generateKey() }, primary: 'client' }) }),
    fetch: async (input, init) => server.fetch(new Request(input, init)),
  });
  return { client, port: archivePort(client) };
}
