import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { memoryRegistryStore, type RegistryStore } from '@llm-memory-graph/registry-server';
import { sqliteRegistryStore } from '@llm-memory-graph/registry-server/node';
import type { Clock } from '@llm-memory-graph/service';
import { makeFolder } from '@llm-memory-graph/service/node';
import { memoryArchiveStore, type ArchiveStore } from '@llm-memory-graph/vault-server';
import { sqliteArchiveStore } from '@llm-memory-graph/vault-server/node';
import { StartError } from './start-error.ts';
import { ephemeralVaultKeys, vaultKeysIn, type VaultKeys } from './vault-keys.ts';

/** Where the services keep what they hold. */
export interface Stores {
  readonly registry: RegistryStore;
  readonly archives: ArchiveStore;
  readonly vaultKeys: VaultKeys;
  close(): Promise<void>;
}

function memoryStores(): Stores {
  const registry = memoryRegistryStore();
  const archives = memoryArchiveStore();
  return { registry, archives, vaultKeys: ephemeralVaultKeys(), close: () => closeBoth(registry, archives) };
}

async function closeBoth(registry: RegistryStore, archives: ArchiveStore): Promise<void> {
  await Promise.all([registry.close(), archives.close()]);
}

function durableStores(dataDir: string, clock: Clock): Stores {
  makeFolder(dataDir);
  accessSync(dataDir, constants.W_OK | constants.X_OK);
  const vaultKeys = vaultKeysIn(join(dataDir, 'vault-keys.json'), clock.now());
  const registry = sqliteRegistryStore({ path: join(dataDir, 'registry.db'), now: () => clock.now() });
  try {
    const archives = sqliteArchiveStore({ path: join(dataDir, 'vault.db') });
    return { registry, archives, vaultKeys, close: () => closeBoth(registry, archives) };
  } catch (error) {
    void registry.close();
    throw error;
  }
}

/** Stores in a folder, or in memory without one. @throws {StartError} `unavailable` */
export function openStores(dataDir: string | undefined, clock: Clock): Stores {
  if (dataDir === undefined) return memoryStores();
  try {
    return durableStores(dataDir, clock);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reasons: Record<string, string> = {
      EACCES: 'no permission to write there',
      EROFS: 'the file system is read-only',
      EEXIST: 'it is not a folder',
      ENOTDIR: 'a part of the path is not a folder',
      ENOSPC: 'the disk is full',
    };
    const reason = reasons[code ?? ''] ?? message;
    throw new StartError('dataDir', 'unavailable', `cannot use ${dataDir}: ${reason}`, cause);
  }
}
