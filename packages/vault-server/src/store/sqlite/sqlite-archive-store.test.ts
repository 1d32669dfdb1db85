import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { archiveStoreContract, type StoreUnderTest } from '../../../test/archive-store-contract.ts';
import { type NewArchive } from '../archive-store.ts';
import { sqliteArchiveStore } from './sqlite-archive-store.ts';

async function fresh(): Promise<StoreUnderTest & { path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'vault-store-'));
  const path = join(folder, 'vault.db');
  const store = sqliteArchiveStore({ path });
  return {
    store,
    path,
    dispose: async () => {
      await store.close().catch(() => {});
      await rm(folder, { recursive: true });
    },
  };
}

archiveStoreContract('sqlite', fresh);

const now = new Date('2026-03-01T12:00:00.000Z');

function archive(archiveId: string, content: Uint8Array, headerBytes: number): NewArchive {
  const record: NewArchive['record'] = {
    tenant: 'acme',
    archiveId,
    sessionId: 's',
    archivedAt: now.toISOString(),
    storedAt: now,
    requestedDays: 1,
    retentionDays: 1,
    expiresAt: now,
    policyIds: [],
    hold: null,
    lock: null,
    tags: ['t'],
    metadata: '{}',
    digest: 'sha256:00',
    size: content.length,
    sealedBy: 'client',
    encrypted: true,
    compressed: false,
    revision: 1,
  };
  const event = { at: now, actor: 'tester', action: 'archive', subject: archiveId, detail: {} } as const;
  return { record, content, headerBytes, event };
}

describe('sqliteArchiveStore', () => {
  it('holds after reopening what it acknowledged', async () => {
    const { store, path, dispose } = await fresh();
    try {
      const given = archive('a', new Uint8Array([1, 2, 3]), 1);
      await store.insert([given]);
      await store.close();
      const again = sqliteArchiveStore({ path });
      expect(await again.find('acme', 'a')).toEqual({
        outcome: 'held',
        record: { ...given.record, auditSequence: 1 },
      });
      expect([...(await again.content('acme', 'a'))!]).toEqual([1, 2, 3]);
      await again.close();
    } finally {
      await dispose();
    }
  });

  it('V5: leaves no byte of an erased key or body in the database or its log', async () => {
    const { store, path, dispose } = await fresh();
    try {
      const key = Buffer.from('wrapped-key-that-must-vanish');
      const body = Buffer.from('body-that-must-vanish '.repeat(2000));
      await store.insert(Array.from({ length: 50 }, (_, i) => archive(`other-${i}`, Buffer.alloc(3000, i), 10)));
      const given = archive('a', Buffer.concat([key, body]), key.length);
      const [inserted] = await store.insert([given]);
      if (inserted?.outcome !== 'stored') throw new Error('was not stored');
      const onDisk = async (): Promise<Buffer> => Buffer.concat([await readFile(path), await readFile(`${path}-wal`)]);
      expect((await onDisk()).includes(key)).toBe(true);
      await store.erase(inserted.record, { ...given.event, action: 'delete' });
      const bytes = await onDisk();
      expect(bytes.includes(key)).toBe(false);
      expect(bytes.includes('that-must-vanish')).toBe(false);
    } finally {
      await dispose();
    }
  });

  it('commits what arrives together in one transaction, and one bad change fails alone', async () => {
    const { store, dispose } = await fresh();
    try {
      const bad = archive('bad', new Uint8Array([1]), 1);
      const results = await Promise.allSettled([
        store.insert([archive('a', new Uint8Array([1]), 1)]),
        store.insert([archive('b', new Uint8Array([1]), 1), { ...bad, record: { ...bad.record, retentionDays: 0.5 } }]),
        store.insert([archive('c', new Uint8Array([1]), 1)]),
      ]);
      expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect((await store.list('acme', { limit: 9 })).records.map((record) => record.archiveId)).toEqual(['a', 'c']);
      expect(await store.audit('acme', 0, 9)).toHaveLength(2);
    } finally {
      await dispose();
    }
  });

  it('refuses with 507 what does not fit, keeps the rest and goes on', async () => {
    const { store: unlimited, path, dispose } = await fresh();
    await unlimited.close();
    const store = sqliteArchiveStore({ path, maxBytes: 2 ** 20 });
    try {
      await store.insert([archive('small', Buffer.alloc(1000), 10)]);
      await expect(store.insert([archive('big', Buffer.alloc(2 ** 20), 10)])).rejects.toMatchObject({ status: 507 });
      expect(await store.find('acme', 'big')).toEqual({ outcome: 'absent' });
      await store.insert([archive('other', Buffer.alloc(1000), 10)]);
      expect((await store.list('acme', { limit: 9 })).records.map((record) => record.archiveId)).toEqual([
        'small',
        'other',
      ]);
    } finally {
      await store.close();
      await dispose();
    }
  });

  it('refuses a bad option by name and value, and a database of a newer release', async () => {
    expect(() => sqliteArchiveStore({ path: '' })).toThrow('`path` must name a file, got ""');
    expect(() => sqliteArchiveStore({ path: 'x', maxBytes: 5 })).toThrow(
      '`maxBytes` must be an integer >= 1048576, got 5',
    );
    const { store, path, dispose } = await fresh();
    try {
      await store.close();
      const { DatabaseSync } = await import('node:sqlite');
      const db = new DatabaseSync(path);
      db.exec('PRAGMA user_version = 99');
      db.close();
      expect(() => sqliteArchiveStore({ path })).toThrow('schema version 99');
    } finally {
      await dispose();
    }
  });
});
