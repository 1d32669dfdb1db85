import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { uploadStoreContract } from '../../../test/upload-store-contract.ts';
import { type ArchiveRecord, type ArchiveStore } from '../archive-store.ts';
import { type Upload, type UploadedArchive } from '../upload-store.ts';
import { sqliteArchiveStore } from './sqlite-archive-store.ts';

uploadStoreContract('sqlite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vault-uploads-'));
  const store = sqliteArchiveStore({ path: join(folder, 'vault.db') });
  return {
    store,
    dispose: async () => {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
});

const now = new Date('2026-03-01T12:00:00.000Z');
const key = 'wrapped-key-that-must-vanish';

describe('uploads beside SQLite', () => {
  let folder: string;
  let path: string;
  let store: ArchiveStore;
  const files = (): string[] => (existsSync(`${path}.content`) ? readdirSync(`${path}.content`) : []);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vault-uploads-'));
    path = join(folder, 'vault.db');
    store = sqliteArchiveStore({ path });
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  async function reopen(): Promise<void> {
    await store.close();
    store = sqliteArchiveStore({ path });
  }

  async function uploaded(uploadId: string, content: Uint8Array): Promise<Upload> {
    const given = { tenant: 'acme', uploadId, key: uploadId, archiveId: uploadId, entry: '{}', length: null };
    const begun = await store.uploads.begin({ ...given, activeAt: now }, 9);
    if (begun.outcome === 'full') throw new Error('full');
    return (await store.uploads.append(begun.upload, [content], now))!;
  }

  async function finish(upload: Upload): Promise<ArchiveRecord> {
    const record: UploadedArchive['record'] = {
      ...{ tenant: 'acme', archiveId: upload.archiveId, sessionId: 's', archivedAt: now.toISOString(), storedAt: now },
      ...{ requestedDays: 1, retentionDays: 1, expiresAt: now, policyIds: [], hold: null, lock: null },
      ...{ tags: [], metadata: '{}' },
      ...{ digest: 'sha256:00', size: upload.offset, sealedBy: 'client', encrypted: true, compressed: false },
      revision: 1,
    };
    const event = { at: now, actor: 'tester', action: 'archive', subject: upload.archiveId, detail: {} } as const;
    const finished = await store.uploads.finish(upload, { record, event, head: Buffer.from(key) });
    if (finished.outcome !== 'stored') throw new Error('was not stored');
    return finished.record;
  }

  it('V6: goes on after reopening with exactly what was acknowledged', async () => {
    const upload = await uploaded('u', Buffer.from('abc'));
    // A write that was never acknowledged.
    await writeFile(join(`${path}.content`, 'u'), 'abcXYZ');
    await reopen();
    expect(await store.uploads.find('acme', 'u')).toEqual(upload);
    const more = await store.uploads.append(upload, [Buffer.from('d')], now);
    await finish(more!);
    await reopen();
    expect(
      Buffer.from((await store.content('acme', 'u'))!)
        .subarray(key.length)
        .toString(),
    ).toBe('');
    expect(readFileSync(join(`${path}.content`, 'u'))).toHaveLength(key.length);
  });

  it('V5: the wrapped key is in the database alone, and gone with the archive; so is the file', async () => {
    const upload = await uploaded('u', Buffer.from(`${key}body`));
    const record = await finish(upload);
    expect(readFileSync(join(`${path}.content`, 'u')).includes(key)).toBe(false);
    expect(Buffer.from((await store.content('acme', 'u'))!).toString()).toBe(`${key}body`);
    await store.erase(record, { at: now, actor: 'tester', action: 'delete', subject: 'u', detail: {} });
    expect(files()).toEqual([]);
    await reopen();
    for (const name of readdirSync(folder).filter((file) => file.startsWith('vault.db') && !file.endsWith('.content')))
      expect(readFileSync(join(folder, name)).includes(key)).toBe(false);
  });

  it('sweeps away files that no row counts on, and no other', async () => {
    await finish(await uploaded('archive', Buffer.from(`${key}1`)));
    await uploaded('open', Buffer.from('2'));
    await writeFile(join(`${path}.content`, 'left-behind'), '3');
    await reopen();
    expect(files().sort()).toEqual(['archive', 'open']);
  });

  it('answers a full disk with 507 and keeps the upload as it was', async () => {
    const upload = await uploaded('u', Buffer.from('abc'));
    await rm(join(`${path}.content`, 'u'));
    // Opening /dev/full for writing works, writing answers ENOSPC.
    const { symlink } = await import('node:fs/promises');
    await symlink('/dev/full', join(`${path}.content`, 'u'));
    await expect(store.uploads.append(upload, [Buffer.from('d')], now)).rejects.toMatchObject({ status: 507 });
    expect(await store.uploads.find('acme', 'u')).toEqual(upload);
  });
});
