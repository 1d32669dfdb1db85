import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { readBackReport, type ReadBackReport } from '@llm-memory-graph/contracts';
import { describe, expect, it } from 'vitest';

import { memoryArchiveStore, type ArchiveStore } from '../src/index.ts';
import { sqliteArchiveStore } from '../src/node.ts';
import { entry, testVault, type TestVault } from './test-vault.ts';

const path = '/api/v1/archive/read-back';

async function readBack({ json }: TestVault, ...archiveIds: string[]): Promise<ReadBackReport> {
  return readBackReport.decode(await json('POST', path, { archive_ids: archiveIds }));
}

/** Archives of these ids, and what their receipts said. */
async function archived({ json }: TestVault, ...ids: string[]): Promise<Record<string, unknown>[]> {
  const { receipts } = await json(
    'POST',
    '/api/v1/archive/batch',
    ids.map((id) => entry({ id })),
  );
  return receipts as Record<string, unknown>[];
}

describe('reading archives back', () => {
  it('tells digest and size of what is held, as the receipts did, and what is not held', async () => {
    const vault = testVault();
    const receipts = await archived(vault, 'a', 'b', 'gone');
    await vault.ask('DELETE', '/api/v1/archive/gone');
    const report = await readBack(vault, 'b', 'none', 'a', 'gone');
    const told = receipts.map(({ archive_id, session_id, digest, size }) => {
      return { archiveId: archive_id, sessionId: session_id, digest, size };
    });
    expect(report.archives).toEqual([told[1], told[0]]);
    expect(report.failed).toMatchObject([
      { archiveId: 'none', status: 404 },
      { archiveId: 'gone', status: 410 },
    ]);
  });

  it('sees nothing of another tenant, and needs a body that fits', async () => {
    const vault = testVault();
    await archived(vault, 'a');
    const asked = JSON.stringify({ archive_ids: ['a'] });
    const other = await vault.ask('POST', path, asked, { authorization: 'Bearer globex' });
    expect(await other.json()).toMatchObject({ archives: [], failed: [{ archive_id: 'a', status: 404 }] });
    for (const ids of [[], Array.from({ length: 1001 }, (_, i) => `a-${i}`), ['../a']])
      expect((await vault.ask('POST', path, JSON.stringify({ archive_ids: ids }))).status).toBe(400);
  });

  it('leaves an archive whose id is "read-back" readable', async () => {
    const vault = testVault();
    await archived(vault, 'read-back');
    expect((await vault.ask('GET', path)).status).toBe(200);
    expect((await readBack(vault, 'read-back')).archives).toHaveLength(1);
  });

  it('S8: notices bytes that changed in the store, where the record still tells what was acknowledged', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vault-read-back-'));
    const store = sqliteArchiveStore({ path: join(folder, 'vault.db') });
    try {
      const vault = testVault({ store });
      const receipts = await archived(vault, 'a', 'b', 'c');
      const other = new DatabaseSync(join(folder, 'vault.db'));
      const { first, body } = other.prepare('SELECT first, body FROM pack').get() as {
        first: number;
        body: Uint8Array;
      };
      body[body.length - 1]! ^= 1;
      other.prepare('UPDATE pack SET body = ? WHERE first = ?').run(body, first);
      other.close();
      const { archives } = await readBack(vault, 'a', 'b', 'c');
      const same = archives.map(({ digest }, i) => digest === receipts[i]?.['digest']);
      expect(same).toEqual([true, true, false]);
      expect(await vault.json('GET', '/api/v1/archive/c/metadata')).toMatchObject({ digest: receipts[2]?.['digest'] });
    } finally {
      await store.close();
      await rm(folder, { recursive: true });
    }
  });

  it('says of one archive that it cannot be read, in the log why, and tells of the others', async () => {
    const errors: object[] = [];
    const logger = {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (details: object) => errors.push(details),
    };
    const memory = memoryArchiveStore();
    const torn: ArchiveStore = {
      ...memory,
      read: (tenant, id, start, end) =>
        id === 'b' ? Promise.reject(new Error('bad sector')) : memory.read(tenant, id, start, end),
    };
    const vault = testVault({ store: torn, logger });
    await archived(vault, 'a', 'b', 'c');
    const { archives, failed } = await readBack(vault, 'a', 'b', 'c');
    expect(archives.map(({ archiveId }) => archiveId)).toEqual(['a', 'c']);
    expect(failed).toMatchObject([{ archiveId: 'b', status: 500 }]);
    expect(failed[0]?.error).not.toContain('sector');
    expect(errors).toMatchObject([{ tenant: 'acme', archive_id: 'b' }]);
  });
});
