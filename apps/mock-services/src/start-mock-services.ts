import { createRegistryServer } from '@llm-memory-graph/registry-server';
import { createVaultServer } from '@llm-memory-graph/vault-server';
import { listen, type Listener } from './http-listener.ts';
import { resolveOptions, type MockServicesOptions } from './options.ts';
import { openStores } from './stores.ts';

/** Both services, listening. */
export interface MockServices extends AsyncDisposable {
  /** For example `http://127.0.0.1:8080`. */
  readonly registryUrl: string;
  /** Undefined when the registry is open. */
  readonly registryApiKey: string | undefined;
  readonly vaultUrl: string;
  readonly vaultApiKey: string;
  /** Ends idle connections, lets requests in flight finish, and closes the stores. Calling it again does nothing. */
  close(): Promise<void>;
}

/**
 * Starts an LLM-Registry and a Data-Vault in this process.
 *
 * @example
 * await using services = await startMockServices();
 * const answer = await fetch(`${services.registryUrl}/api/v1/models/gpt-4`);
 *
 * @throws {StartError} naming the option that stands in the way; nothing is left open
 */
export async function startMockServices(options: MockServicesOptions = {}): Promise<MockServices> {
  const { host, registryApiKey, vaultApiKey, dataDir, clock, logger, closeGraceMs, ...rest } = resolveOptions(options);
  const stores = openStores(dataDir, clock);
  const listeners: Listener[] = [];
  const closeAll = async (): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.close(closeGraceMs)));
    await stores.close();
  };
  try {
    await stores.registry.saveModels(rest.models);
    const registry = createRegistryServer({
      store: stores.registry,
      keys: registryApiKey === undefined ? [] : [{ secret: registryApiKey }],
      clock,
      logger,
    });
    const vault = createVaultServer({
      store: stores.archives,
      keys: [{ secret: vaultApiKey }],
      ...stores.vaultKeys,
      clock,
      logger,
    });
    const registryAt = await listen({ ...registry, host, port: rest.registryPort, portOption: 'registryPort' });
    listeners.push(registryAt);
    const vaultAt = await listen({ ...vault, host, port: rest.vaultPort, portOption: 'vaultPort' });
    listeners.push(vaultAt);

    let closing: Promise<void> | undefined;
    const close = (): Promise<void> => (closing ??= closeAll());
    return {
      registryUrl: registryAt.url,
      registryApiKey,
      vaultUrl: vaultAt.url,
      vaultApiKey,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
