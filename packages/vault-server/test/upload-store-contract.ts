import { randomUUID } from 'node:crypto';

import { digestOf } from '@llm-memory-graph/sealed-archive';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { reread } from '../src/archive/reread.ts';
import { verifyAudit } from '../src/audit/verify-audit.ts';
import { type NewUpload, type Upload, type UploadedArchive } from '../src/store/upload-store.ts';
import { type StoreUnderTest } from './archive-store-contract.ts';

const tenant = 'acme';
const now = new Date('2026-03-01T12:00:00.000Z');
const later = new Date('2026-03-01T13:00:00.000Z');
const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

function given(fields: Partial<NewUpload> = {}): NewUpload {
  const uploadId = randomUUID();
  return { tenant, uploadId, key: uploadId, archiveId: 'a-1', entry: '{}', length: null, activeAt: now, ...fields };
}

function archiveOf(upload: Upload, head = bytes(1, 2)): UploadedArchive {
  const record: UploadedArchive['record'] = {
    tenant: upload.tenant,
    archiveId: upload.archiveId,
    sessionId: 's-1',
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
    size: upload.offset,
    sealedBy: 'client',
    encrypted: true,
    compressed: false,
    revision: 1,
  };
  const event = { at: now, actor: 'tester', action: 'archive', subject: upload.archiveId, detail: {} } as const;
  return { record, event, head };
}

/**
 * What every {@link UploadStore} must do, as a vitest suite.
 *
 * @example
 * ```ts
 * uploadStoreContract('memory', async () => ({ store: memoryArchiveStore(), dispose: async () => {} }));
 * ```
 */
export function uploadStoreContract(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`UploadStore: ${name}`, () => {
    let store: StoreUnderTest['store'];
    let dispose: () => Promise<void>;

    beforeEach(async () => {
      ({ store, dispose } = await create());
    });
    afterEach(() => dispose());

    const begin = async (fields?: Partial<NewUpload>): Promise<Upload> => {
      const begun = await store.uploads.begin(given(fields), 10);
      if (begun.outcome === 'full') throw new Error('full');
      return begun.upload;
    };
    const all = async (pieces: AsyncIterable<Uint8Array> | undefined): Promise<number[] | undefined> => {
      if (!pieces) return undefined;
      const found: number[] = [];
      for await (const piece of pieces) found.push(...piece);
      return found;
    };
    const filled = async (...values: number[]): Promise<Upload> =>
      (await store.uploads.append(await begin(), [bytes(...values)], now))!;

    it('finds an upload again by its key, and counts what is open', async () => {
      const first = given({ key: 'k', length: 5 });
      const upload = { ...first, offset: 0, completed: false };
      expect(await store.uploads.begin(first, 1)).toEqual({ outcome: 'begun', upload });
      expect(await store.uploads.begin(given({ key: 'k' }), 1)).toEqual({ outcome: 'known', upload });
      expect(await store.uploads.begin(given(), 1)).toEqual({ outcome: 'full' });
      expect((await store.uploads.begin(given({ tenant: 'globex', key: 'k' }), 1)).outcome).toBe('begun');
      expect(await store.uploads.find(tenant, first.uploadId)).toEqual(upload);
      expect(await store.uploads.find('globex', first.uploadId)).toBeUndefined();
    });

    it('appends where the last append ended, and nowhere else', async () => {
      const upload = await begin();
      const first = await store.uploads.append(upload, [bytes(1, 2), bytes(), bytes(3)], later);
      expect(first).toEqual({ ...upload, offset: 3, activeAt: later });
      const second = await store.uploads.append(first!, [bytes(4, 5)], later);
      expect(await all(store.uploads.read(second!, 0, 5))).toEqual([1, 2, 3, 4, 5]);
      expect(await all(store.uploads.read(second!, 1, 4))).toEqual([2, 3, 4]);
      expect(await store.uploads.find(tenant, upload.uploadId)).toEqual(second);
      expect(await store.uploads.append({ ...upload, offset: 7 }, [bytes(9)], later)).toBeUndefined();
    });

    it('does not keep a view of the bytes it was given', async () => {
      const sent = bytes(1, 2, 3);
      const upload = await store.uploads.append(await begin(), [sent], now);
      sent.fill(0);
      expect(await all(store.uploads.read(upload!, 0, 3))).toEqual([1, 2, 3]);
    });

    it('turns an upload into an archive in one step, head and all', async () => {
      const upload = await filled(1, 2, 3, 4, 5);
      const archive = archiveOf(upload);
      const record = { ...archive.record, auditSequence: 1 };
      expect(await store.uploads.finish(upload, archive)).toEqual({ outcome: 'stored', record });
      expect(await store.find(tenant, 'a-1')).toEqual({ outcome: 'held', record });
      expect([...(await store.content(tenant, 'a-1'))!]).toEqual([1, 2, 3, 4, 5]);
      for (const [start, end] of [
        [0, 5],
        [0, 1],
        [1, 3],
        [2, 4],
        [4, 5],
      ] as const)
        expect(await all(await store.read(tenant, 'a-1', start, end))).toEqual([1, 2, 3, 4, 5].slice(start, end));
      const digest = digestOf(bytes(1, 2, 3, 4, 5));
      expect(await reread(store, tenant, ['a-1'])).toEqual([
        { outcome: 'held', sessionId: record.sessionId, digest, size: 5 },
      ]);
      expect(await store.uploads.find(tenant, upload.uploadId)).toMatchObject({ completed: true, offset: 5 });
      expect(verifyAudit(tenant, await store.audit(tenant, 0, 9))).toMatchObject({ ok: true, sequence: 1 });
      await expect(store.uploads.finish(upload, archive)).rejects.toThrow('not as given');
      expect(await store.uploads.append(upload, [bytes(6)], now)).toBeUndefined();
    });

    it('leaves alone what is held or was deleted under the id', async () => {
      const first = await filled(1, 2, 3);
      const finished = await store.uploads.finish(first, archiveOf(first));
      if (finished.outcome !== 'stored') throw new Error('was not stored');
      const { record } = finished;
      const second = await filled(9, 9, 9, 9);
      expect(await store.uploads.finish(second, archiveOf(second))).toEqual({ outcome: 'held', record });
      expect([...(await store.content(tenant, 'a-1'))!]).toEqual([1, 2, 3]);
      await store.erase(record, { at: now, actor: 'tester', action: 'delete', subject: 'a-1', detail: {} });
      expect(await store.read(tenant, 'a-1', 0, 3)).toBeUndefined();
      const third = await filled(8);
      expect(await store.uploads.finish(third, archiveOf(third))).toMatchObject({ outcome: 'deleted' });
    });

    it('drops an upload that is given up, but no archive', async () => {
      const open = await begin();
      await store.uploads.remove(open);
      expect(await store.uploads.find(tenant, open.uploadId)).toBeUndefined();
      const upload = await filled(1, 2, 3);
      await store.uploads.finish(upload, archiveOf(upload));
      await store.uploads.remove(upload);
      expect([...(await store.content(tenant, 'a-1'))!]).toEqual([1, 2, 3]);
    });

    it('drops what was not active for long, and no archive with it', async () => {
      const [idle, active] = [await begin(), await begin({ activeAt: later })];
      const upload = await filled(1, 2, 3);
      await store.uploads.finish(upload, archiveOf(upload));
      expect(await store.uploads.expire(now)).toBe(0);
      expect(await store.uploads.expire(later)).toBe(1);
      expect(await store.uploads.find(tenant, idle.uploadId)).toBeUndefined();
      expect(await store.uploads.find(tenant, upload.uploadId)).toBeUndefined();
      expect(await store.uploads.find(tenant, active.uploadId)).toEqual(active);
      expect([...(await store.content(tenant, 'a-1'))!]).toEqual([1, 2, 3]);
    });

    it('reads any range of an archive that came in one piece', async () => {
      const upload = await begin();
      const { record, event } = archiveOf({ ...upload, offset: 4 });
      await store.insert([{ record, event, content: bytes(1, 2, 3, 4), headerBytes: 2 }]);
      expect(await all(await store.read(tenant, 'a-1', 0, 4))).toEqual([1, 2, 3, 4]);
      expect(await all(await store.read(tenant, 'a-1', 1, 3))).toEqual([2, 3]);
      expect(await all(await store.read(tenant, 'a-1', 3, 4))).toEqual([4]);
      expect(await store.read(tenant, 'none', 0, 1)).toBeUndefined();
    });
  });
}
