import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generateKey, localKeyRing } from '@llm-memory-graph/sealed-archive';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { sqliteArchiveStore, type SqliteArchiveStore, type SqliteArchiveStoreOptions } from '../src/node.ts';
import { testVault, type TestVault } from './test-vault.ts';

const keyProvider = localKeyRing({ keys: { k: generateKey() }, primary: 'k' });

describe('a disk with faults', () => {
  let folder: string;
  let store: SqliteArchiveStore | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vault-disk-'));
  });
  afterEach(async () => {
    await store?.close();
    store = undefined;
    spawnSync('umount', [folder]);
    await rm(folder, { recursive: true });
  });

  async function open(options: Partial<SqliteArchiveStoreOptions> = {}): Promise<TestVault> {
    await store?.close();
    store = sqliteArchiveStore({ path: join(folder, 'vault.db'), ...options });
    return testVault({ store, keyProvider });
  }

  const textOf = new Map<string, string>();
  async function archive({ ask }: TestVault, id: string): Promise<Response> {
    const text = randomBytes(60_000).toString('base64');
    textOf.set(id, text);
    return ask('POST', '/api/v1/archive', `{"id":"${id}","session_id":"s","retention_days":30,"data":"${text}"}`);
  }
  async function expectHeld({ json }: TestVault, ids: readonly string[]): Promise<void> {
    for (const id of ids) expect((await json('GET', `/api/v1/archive/${id}`))['data'], id).toBe(textOf.get(id));
  }

  /** Archives until one is refused; gives those that were not. */
  async function fill(vault: TestVault): Promise<{ held: string[]; refused: string }> {
    const held: string[] = [];
    for (let n = 0; ; n++) {
      const id = `a-${n}`;
      const answer = await archive(vault, id);
      if (answer.status === 200) {
        held.push(id);
        continue;
      }
      expect(answer.status).toBe(507);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      return { held, refused: id };
    }
  }

  it('V6: full by its own bound: 507, nothing lost, and room again after deletions', async () => {
    const vault = await open({ maxBytes: 4 * 2 ** 20 });
    const { held, refused } = await fill(vault);
    await expectHeld(vault, held);
    expect((await vault.ask('GET', `/api/v1/archive/${refused}`)).status).toBe(404);
    expect((await vault.ask('GET', '/health')).status).toBe(200);
    for (const id of held.slice(0, 4)) expect((await vault.ask('DELETE', `/api/v1/archive/${id}`)).status).toBe(204);
    expect((await archive(vault, refused)).status).toBe(200);
    await expectHeld(vault, [...held.slice(4), refused]);
  });

  // A file system of its own needs the rights of root.
  const canMount = process.platform === 'linux' && process.getuid?.() === 0 && mounts();
  it.skipIf(!canMount)('V6: a full disk: 507, nothing lost, and it goes on when space returns', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', folder]);
    const ballast = join(folder, 'ballast');
    await writeFile(ballast, Buffer.alloc(5 * 2 ** 20));
    const vault = await open();
    const { held, refused } = await fill(vault);
    expect(held.length).toBeGreaterThan(10);
    await expectHeld(vault, held);
    await rm(ballast);
    expect((await archive(vault, refused)).status).toBe(200);
    const again = await open();
    await expectHeld(again, [...held, refused]);
    expect((await again.ask('GET', '/readyz')).status).toBe(200);
  });

  it('V6: a disk that fails to sync: 500, not ready, nothing more taken, and all that was acknowledged after a restart', async () => {
    let broken = false;
    const sync = (): Promise<void> =>
      broken
        ? Promise.reject(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }))
        : Promise.resolve();
    const vault = await open({ sync });
    expect((await archive(vault, 'before')).status).toBe(200);
    broken = true;
    const failed = await archive(vault, 'during');
    expect([failed.status, failed.headers.get('content-type')]).toEqual([500, 'application/problem+json']);
    broken = false;
    // What the disk holds is unknown from here on, so a sync that works again is not believed.
    expect((await archive(vault, 'after')).status).toBe(500);
    expect((await vault.ask('DELETE', '/api/v1/archive/before')).status).toBe(500);
    expect((await vault.ask('GET', '/readyz')).status).toBe(503);
    await expectHeld(vault, ['before']);
    const again = await open();
    await expectHeld(again, ['before']);
    expect((await archive(again, 'after')).status).toBe(200);
  });
});

function mounts(): boolean {
  return spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
}
