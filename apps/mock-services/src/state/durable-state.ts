import { accessSync, constants, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteRegistryStore } from '@llm-memory-graph/registry-server/node';
import type { Clock } from '@llm-memory-graph/service';
import { makeFolder } from '@llm-memory-graph/service/node';
import { sqliteArchiveStore } from '@llm-memory-graph/vault-server/node';
import { StartError } from '../start-error.ts';
import type { State, Stores } from './state.ts';
import { vaultKeysIn } from './vault-keys.ts';

const keyFile = 'vault-keys.json';

function openIn(folder: string, clock: Clock): Stores {
  const registry = sqliteRegistryStore({ path: join(folder, 'registry.db'), now: () => clock.now() });
  try {
    return { registry, archives: sqliteArchiveStore({ path: join(folder, 'vault.db') }) };
  } catch (error) {
    void registry.close();
    throw error;
  }
}

async function closeBoth({ registry, archives }: Stores): Promise<void> {
  await Promise.all([registry.close(), archives.close()]);
}

/** Only these are ours: the folder may hold other things, and the keys must outlive every reset. */
const isData = (name: string): boolean => /^(?:registry|vault)\.db/.test(name);

function emptyOut(folder: string): void {
  for (const name of readdirSync(folder).filter(isData)) rmSync(join(folder, name), { recursive: true, force: true });
}

function copyData(from: string, to: string): void {
  for (const name of readdirSync(from).filter(isData)) cpSync(join(from, name), join(to, name), { recursive: true });
}

function durable(folder: string, clock: Clock): State {
  makeFolder(folder);
  accessSync(folder, constants.W_OK | constants.X_OK);
  const vaultKeys = vaultKeysIn(join(folder, keyFile), clock.now());
  let stores = openIn(folder, clock);
  let snapshots: string | undefined;

  /** Changes the files while no store has them open. */
  const offline = async (work: () => void): Promise<void> => {
    await closeBoth(stores);
    try {
      work();
    } finally {
      stores = openIn(folder, clock);
    }
  };

  return {
    get stores() {
      return stores;
    },
    vaultKeys,
    async save() {
      snapshots ??= mkdtempSync(join(tmpdir(), 'mock-services-snapshots-'));
      const copy = mkdtempSync(join(snapshots, 'state-'));
      await offline(() => copyData(folder, copy));
      return {
        restore: () =>
          offline(() => {
            // A snapshot that was discarded meanwhile must not cost the state of now.
            accessSync(copy);
            emptyOut(folder);
            copyData(copy, folder);
          }),
        discard: () => rmSync(copy, { recursive: true, force: true }),
      };
    },
    clear: () => offline(() => emptyOut(folder)),
    async close() {
      await closeBoth(stores);
      if (snapshots !== undefined) rmSync(snapshots, { recursive: true, force: true });
    },
  };
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'no permission to write there',
  EROFS: 'the file system is read-only',
  EEXIST: 'it is not a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ENOSPC: 'the disk is full',
};

/**
 * State in a folder, which is made when it is not there. Snapshots are copies beside it, in a temporary folder, until
 * the state is closed.
 *
 * @throws {StartError} `unavailable`
 */
export function durableState(folder: string, clock: Clock): State {
  try {
    return durable(folder, clock);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = reasons[code ?? ''] ?? message;
    throw new StartError('dataDir', 'unavailable', `cannot use ${folder}: ${reason}`, cause);
  }
}
