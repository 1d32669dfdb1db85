import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

function synced(path: string, flags: string, mode: number, text = ''): void {
  const file = openSync(path, flags, mode);
  try {
    if (text !== '') writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Makes a file that only its owner can read, in one step: it is there whole or not at all, also after a crash, and a
 * file that is there already, or that another process makes meanwhile, is left alone.
 */
export function createOnce(path: string, content: () => string): void {
  if (existsSync(path)) return;
  const draft = `${path}.${randomUUID()}`;
  try {
    synced(draft, 'wx', 0o600, content());
    linkSync(draft, path);
    synced(dirname(path), 'r', 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
