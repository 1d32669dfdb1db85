import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { newArchive } from '../../archive/new-record.ts';
import { type ArchiveRecord } from '../archive-store.ts';
import { sqliteArchiveStore, type SqliteArchiveStore } from './sqlite-archive-store.ts';

const storedAt = new Date('2026-03-01T12:00:00.000Z');
const headerBytes = 100;

function archiveOf(bytes: number, fill: number): ReturnType<typeof newArchive> {
  const given = {
    ...{ tenant: 'acme', archiveId: randomUUID(), sessionId: 's', archivedAt: storedAt.toISOString(), storedAt },
    ...{ retentionDays: 1, tags: [], metadata: '{}', digest: `sha256:${'ab'.repeat(32)}`, sealedBy: 'client' as const },
    ...{ encrypted: true, compressed: true },
  };
  return newArchive(given, Buffer.alloc(bytes, fill), headerBytes, 'tester');
}

describe('compaction', () => {
  let folder: string;
  let path: string;
  let store: SqliteArchiveStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vault-compaction-'));
    path = join(folder, 'vault.db');
    store = sqliteArchiveStore({ path });
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  async function insert(count: number, bytes: number): Promise<ArchiveRecord[]> {
    const results = await Promise.all(Array.from({ length: count }, (_, i) => store.insert([archiveOf(bytes, i)])));
    return results.flat().flatMap((result) => (result.outcome === 'stored' ? [result.record] : []));
  }
  const erase = (record: ArchiveRecord): Promise<unknown> =>
    store.erase(record, { at: storedAt, actor: 'tester', action: 'delete', subject: record.archiveId, detail: {} });
  const packs = (): number => {
    const db = new DatabaseSync(path, { readOnly: true });
    try {
      return db.prepare('SELECT count(*) AS packs FROM pack').get()?.['packs'] as number;
    } finally {
      db.close();
    }
  };
  async function expectHeld(records: readonly ArchiveRecord[], fillOf: (index: number) => number): Promise<void> {
    for (const [i, { archiveId, size }] of records.entries())
      expect(Buffer.from((await store.content('acme', archiveId))!).equals(Buffer.alloc(size, fillOf(i)))).toBe(true);
  }

  it('joins what came one by one, whatever its size, and finds each again', async () => {
    const small = await insert(60, 3_000);
    const large = await insert(1, 200_000);
    const others = await insert(60, 3_000);
    expect(packs()).toBe(121);
    await store.compact();
    expect(packs()).toBe(3 + 1 + 3);
    await expectHeld([...small, ...large, ...others], (i) => (i < 60 ? i : i === 60 ? 0 : i - 61));
    const late = await insert(1, 3_000);
    await expectHeld(late, () => 0);
  });

  it('V5: takes deleted bodies out at once, and gives their room back', async () => {
    const records = await insert(40, 500_000);
    const full = (await stat(path)).size;
    for (const record of records.slice(1)) await erase(record);
    await store.compact();
    await erase(records[0]!);
    expect((await stat(path)).size).toBeLessThan(full / 3);
    expect(packs()).toBe(0);
  });

  it('leaves the rest of a pack alone when one of it is deleted', async () => {
    const records = (await store.insert(Array.from({ length: 20 }, (_, i) => archiveOf(3_000, i)))).flatMap((result) =>
      result.outcome === 'stored' ? [result.record] : [],
    );
    expect(packs()).toBe(1);
    for (const record of records.filter((_, i) => i % 2 === 0)) await erase(record);
    await expectHeld(
      records.filter((_, i) => i % 2 === 1),
      (i) => i * 2 + 1,
    );
    await store.compact();
    await expectHeld(
      records.filter((_, i) => i % 2 === 1),
      (i) => i * 2 + 1,
    );
  });

  it('runs by itself once many packs are small', async () => {
    await Promise.all(Array.from({ length: 1_100 }, (_, i) => store.insert([archiveOf(200, i)])));
    await vi.waitFor(() => expect(packs()).toBeLessThan(10), { timeout: 60_000 });
  });
});
