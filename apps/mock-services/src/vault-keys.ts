import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { generateKey, localKeyRing, type LocalKeyRing } from '@llm-memory-graph/sealed-archive';

/** A ring with one new key that nobody keeps. */
export function ephemeralKeyRing(): LocalKeyRing {
  return localKeyRing({ keys: { memory: generateKey() }, primary: 'memory' });
}

interface KeyFile {
  readonly primary: string;
  /** 32 bytes each, base64. */
  readonly keys: Readonly<Record<string, string>>;
}

function synced(path: string, flags: string, mode: number, text?: string): void {
  const file = openSync(path, flags, mode);
  try {
    if (text !== undefined) writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes the file in one step: it is there whole or not at all, and a file that is there already is left alone. */
function createOnce(path: string, text: string): void {
  const draft = `${path}.${randomUUID()}`;
  try {
    synced(draft, 'wx', 0o600, text);
    linkSync(draft, path);
    synced(dirname(path), 'r', 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function isKeyFile(value: unknown): value is KeyFile {
  const file = value as Partial<KeyFile> | null;
  return (
    typeof file?.primary === 'string' &&
    typeof file.keys === 'object' &&
    Object.values(file.keys).every((key) => typeof key === 'string')
  );
}

/**
 * The ring in a file that only its owner can read; made with one new key when it is not there. Without this file
 * nothing that the vault sealed can be opened again.
 *
 * @throws {Error} naming the path, never a key
 */
export function fileKeyRing(path: string, now: number): LocalKeyRing {
  const name = new Date(now).toISOString().slice(0, 10);
  const fresh: KeyFile = { primary: name, keys: { [name]: Buffer.from(generateKey()).toString('base64') } };
  createOnce(path, `${JSON.stringify(fresh, null, 2)}\n`);
  try {
    const file: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (!isKeyFile(file)) throw new TypeError('not a key file');
    const keys = Object.entries(file.keys).map(
      ([id, key]) => [id, new Uint8Array(Buffer.from(key, 'base64'))] as const,
    );
    return localKeyRing({ keys: Object.fromEntries(keys), primary: file.primary });
  } catch {
    // The cause may quote the file, so it is not passed on.
    throw new Error(`${path} is not a key file`);
  }
}
