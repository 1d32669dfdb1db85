import { memoryRegistryStore } from '@llm-memory-graph/registry-server';
import { memoryArchiveStore } from '@llm-memory-graph/vault-server';
import type { State } from './state.ts';
import { ephemeralVaultKeys } from './vault-keys.ts';

/** State that is gone with the process. */
export function memoryState(): State {
  const fresh = () => ({ registry: memoryRegistryStore(), archives: memoryArchiveStore() });
  let stores = fresh();
  const copyOf = ({ registry, archives }: typeof stores): typeof stores => ({
    registry: registry.copy(),
    archives: archives.copy(),
  });
  return {
    get stores() {
      return stores;
    },
    vaultKeys: ephemeralVaultKeys(),
    save() {
      const saved = copyOf(stores);
      const restore = (): Promise<void> => {
        stores = copyOf(saved);
        return Promise.resolve();
      };
      return Promise.resolve({ restore, discard: () => undefined });
    },
    clear() {
      stores = fresh();
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
