import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { vaultKeysIn } from './vault-keys.ts';

const now = Date.parse('2026-01-31T12:00:00Z');
const context = { tenant: 't', archiveId: 'a', sessionId: 's' };
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vault-keys-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('vaultKeysIn', () => {
  it('makes its file once, for its owner only, and reads the same keys again', async () => {
    const path = join(dir, 'vault-keys.json');
    const first = vaultKeysIn(path, now);
    const text = readFileSync(path, 'utf8');
    const second = vaultKeysIn(path, now + 86_400_000);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(readdirSync(dir)).toEqual(['vault-keys.json']);
    expect(second.checkpointKey.equals(first.checkpointKey)).toBe(true);
    const dataKey = new Uint8Array(32).fill(7);
    const wrapped = await first.keyProvider.wrap(dataKey, context);
    expect(wrapped.map(({ keyId }) => keyId)).toEqual(['2026-01-31']);
    expect(Uint8Array.from(await second.keyProvider.unwrap(wrapped, context))).toEqual(dataKey);
  });

  it.each(['', '{}', '{"primary":"a","keys":{"a":"c2hvcnQ="},"checkpoint_key":""}', '{"primary":"a","keys":null}'])(
    'refuses a file that holds no keys, without quoting it: %s',
    (text) => {
      const path = join(dir, 'vault-keys.json');
      writeFileSync(path, text);
      expect(() => vaultKeysIn(path, now)).toThrow(`${path} is not a key file`);
      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );
});
