import { createRegistryServer } from '@llm-memory-graph/registry-server';
import { createVaultServer } from '@llm-memory-graph/vault-server';
import { Faults } from './fault/faults.ts';
import { admission } from './front/admission.ts';
import { serviceFront } from './front/service-front.ts';
import { listen, type Listener } from './http-listener.ts';
import { Journal } from './journal/journal.ts';
import type { MockClock } from './mock-clock.ts';
import { resolveOptions, type MockServicesOptions, type ResolvedOptions } from './options.ts';
import { openStores } from './stores.ts';
import { StartError } from './start-error.ts';
import { watchedArchiveStore } from './write/watched-archive-store.ts';
import { watchedRegistryStore } from './write/watched-registry-store.ts';

/** Both services, listening. */
export interface MockServices extends AsyncDisposable {
  /** For example `http://127.0.0.1:8080`. */
  readonly registryUrl: string;
  /** Undefined when the registry is open. */
  readonly registryApiKey: string | undefined;
  readonly vaultUrl: string;
  readonly vaultApiKey: string;
  /** What goes wrong. */
  readonly faults: Faults;
  /** What every request became. */
  readonly journal: Journal;
  /** The time that both services go by. */
  readonly clock: MockClock;
  /** Ends idle connections, lets requests in flight finish, and closes the stores. Calling it again does nothing. */
  close(): Promise<void>;
}

function faultsOf({ seed, faults }: ResolvedOptions): Faults {
  try {
    return new Faults(seed, faults);
  } catch (error) {
    throw new StartError('faults', 'invalid', (error as Error).message, error);
  }
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
  const resolved = resolveOptions(options);
  const { host, registryApiKey, vaultApiKey, dataDir, clock, base, logger, closeGraceMs } = resolved;
  const faults = faultsOf(resolved);
  const journal = new Journal(() => clock.now(), resolved.journalSize);
  const stores = openStores(dataDir, clock);
  const listeners: Listener[] = [];
  const closeAll = async (): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.close(closeGraceMs)));
    await stores.close();
  };
  try {
    await stores.registry.saveModels(resolved.models);
    const registry = createRegistryServer({
      store: watchedRegistryStore(stores.registry, () => undefined),
      keys: registryApiKey === undefined ? [] : [{ secret: registryApiKey }],
      clock,
      logger,
    });
    const vault = createVaultServer({
      store: watchedArchiveStore(stores.archives),
      keys: [{ secret: vaultApiKey }],
      ...stores.vaultKeys,
      clock,
      logger,
    });
    const shared = { faults, journal, monotonic: () => clock.monotonic(), now: () => base.now() };
    const registryAt = await listen({
      fetch: serviceFront({ ...shared, ...registry, service: 'registry', admits: admission(registryApiKey) }),
      host,
      port: resolved.registryPort,
      portOption: 'registryPort',
    });
    listeners.push(registryAt);
    const vaultAt = await listen({
      fetch: serviceFront({ ...shared, ...vault, service: 'vault', admits: admission(vaultApiKey) }),
      host,
      port: resolved.vaultPort,
      portOption: 'vaultPort',
    });
    listeners.push(vaultAt);

    let closing: Promise<void> | undefined;
    const close = (): Promise<void> => (closing ??= closeAll());
    return {
      registryUrl: registryAt.url,
      registryApiKey,
      vaultUrl: vaultAt.url,
      vaultApiKey,
      faults,
      journal,
      clock,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
