import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createOnce } from '@llm-memory-graph/service/node';
import { generateKey, localKeyRing, type KeyProvider } from '@llm-memory-graph/sealed-archive';

/** The secrets of a vault server. */
export interface VaultKeys {
  /** Wraps the data keys of what the server seals. */
  readonly keyProvider: KeyProvider;
  /** Signs the checkpoints of the audit chain. */
  readonly checkpointKey: KeyObject;
}

/** New keys that nobody keeps. */
export function ephemeralVaultKeys(): VaultKeys {
  return {
    keyProvider: localKeyRing({ keys: { memory: generateKey() }, primary: 'memory' }),
    checkpointKey: generateKeyPairSync('ed25519').privateKey,
  };
}

/** What the file holds; field names as on the wire. */
interface KeyFile {
  readonly primary: string;
  /** 32 bytes each, base64. */
  readonly keys: Readonly<Record<string, string>>;
  /** Ed25519, PKCS #8 in PEM. */
  readonly checkpoint_key: string;
}

function freshKeyFile(now: number): KeyFile {
  const name = new Date(now).toISOString().slice(0, 10);
  return {
    primary: name,
    keys: { [name]: Buffer.from(generateKey()).toString('base64') },
    checkpoint_key: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function isKeyFile(value: unknown): value is KeyFile {
  const file = value as Partial<KeyFile> | null;
  return (
    typeof file?.primary === 'string' &&
    typeof file.keys === 'object' &&
    Object.values(file.keys).every((key) => typeof key === 'string') &&
    typeof file.checkpoint_key === 'string'
  );
}

/**
 * The keys in a file that only its owner can read; made with new ones when it is not there. Without this file nothing
 * that the vault sealed can be opened again.
 *
 * @param now names the first key by its day, ms since the epoch
 * @throws {Error} naming the path, never a key
 */
export function vaultKeysIn(path: string, now: number): VaultKeys {
  createOnce(path, () => `${JSON.stringify(freshKeyFile(now), null, 2)}\n`);
  const text = readFileSync(path, 'utf8');
  try {
    const file: unknown = JSON.parse(text);
    if (!isKeyFile(file)) throw new TypeError('a field is missing');
    const keys = Object.entries(file.keys).map(
      ([id, key]) => [id, new Uint8Array(Buffer.from(key, 'base64'))] as const,
    );
    return {
      keyProvider: localKeyRing({ keys: Object.fromEntries(keys), primary: file.primary }),
      checkpointKey: createPrivateKey(file.checkpoint_key),
    };
  } catch {
    // The cause may quote the file, so it is not passed on.
    throw new Error(`${path} is not a key file`);
  }
}
