import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createOnce } from './create-once.ts';
import { makeFolder } from './make-folder.ts';

const dir = mkdtempSync(join(tmpdir(), 'files-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('makeFolder', () => {
  it('makes a folder for its owner alone, with those above it, and leaves one that is there', () => {
    const path = join(dir, 'a', 'b');
    makeFolder(path);
    makeFolder(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it('fails at once where no folder can be made', () => {
    expect(() => makeFolder('/proc/none/a')).toThrow('ENOENT');
    expect(() => makeFolder('/dev/null/a')).toThrow('ENOTDIR');
  });
});

describe('createOnce', () => {
  it('makes a file for its owner alone, whole, and never writes over one', () => {
    const path = join(dir, 'secret');
    createOnce(path, () => 'first');
    createOnce(path, () => 'second');
    expect(readFileSync(path, 'utf8')).toBe('first');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir).filter((name) => name.startsWith('secret'))).toEqual(['secret']);
  });
});
