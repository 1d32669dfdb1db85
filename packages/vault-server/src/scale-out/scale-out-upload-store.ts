import { randomUUID } from 'node:crypto';

import { type PostgresQuery } from '@llm-memory-graph/service/postgres';

import { type InsertResult } from '../store/archive-store.ts';
import { type BeginResult, type Upload, type UploadStore } from '../store/upload-store.ts';
import { slotOf, type ArchiveTable } from './archive-table.ts';
import { type AuditChains } from './audit-chains.ts';
import { slicedExtents, type Extent } from './extent.ts';
import { isCurrent, uploadedBytes, type UploadParts } from './uploaded-bytes.ts';
import { nowhere, type UploadPlace } from './upload-table.ts';

export interface UploadStoreParts extends UploadParts {
  readonly chains: AuditChains;
  readonly archives: ArchiveTable;
  /** Something is to be removed. */
  readonly onRemoval: () => void;
}

/** All objects of an upload, the multipart upload under way too. */
function objectsOf({ extents, tail, partsKey }: UploadPlace): Extent[] {
  return [...extents, ...tail, ...(partsKey === null ? [] : [[partsKey, 0, 0] as const])];
}

/**
 * Uploads as rows that say which bytes count and where they are. Bytes are put before their row changes, and every
 * request may come to another process.
 */
export function scaleOutUploadStore(parts: UploadStoreParts): UploadStore {
  const { database, uploads, objects, storage, chains, archives, onRemoval } = parts;
  const { query } = database;
  const bytes = uploadedBytes(parts);

  const drop = async (tx: PostgresQuery, upload: Upload): Promise<boolean> => {
    const found = await uploads.lock(tx, upload);
    if (!found) return false;
    await objects.release(tx, objectsOf(found.place));
    await uploads.remove(tx, upload.uploadId);
    return !found.upload.completed;
  };

  return {
    begin: (given, maxOpen) =>
      database.transaction(async (tx): Promise<BeginResult> => {
        const open = await uploads.countOpen(tx, given.tenant);
        const known = await uploads.findByKey(tx, given.tenant, given.key);
        if (known) return { outcome: 'known', upload: known };
        if (open >= maxOpen) return { outcome: 'full' };
        await uploads.insert(tx, given);
        return { outcome: 'begun', upload: { ...given, offset: 0, completed: false } };
      }),
    find: async (tenant, uploadId) => (await uploads.find(query, tenant, uploadId))?.upload,
    append: async (upload, pieces, at) => {
      const all = Buffer.concat(pieces);
      if (!(await bytes.append(upload, all, at))) return undefined;
      onRemoval();
      return { ...upload, offset: upload.offset + all.length, activeAt: at };
    },
    async *read(upload, start, end) {
      // The front can be read while parts are under way.
      const early = await uploads.find(query, upload.tenant, upload.uploadId);
      const found = early && end > early.place.front.length ? await bytes.settle(upload) : early;
      if (!found) throw new Error('the upload is gone');
      const { front, extents } = found.place;
      if (start < front.length) yield front.subarray(start, end);
      const behind = slicedExtents(extents, Math.max(0, start - front.length), Math.max(0, end - front.length));
      for (const [key, offset, count] of behind) yield* storage.read(key, offset, offset + count);
    },
    finish: async (upload, { record: given, event, head }) => {
      const settled = await bytes.settle(upload);
      if (!isCurrent(upload, settled)) throw new Error('the upload is not as given any more');
      // Between the header, which goes to its own row, and the first object.
      const rest = settled.place.front.subarray(head.length);
      const added: Extent[] = rest.length > 0 ? [[`u/${upload.uploadId}/${randomUUID()}`, 0, rest.length]] : [];
      for (const [key] of added) await storage.put(key, rest);
      const result = await chains.transaction([given.tenant], async (tx): Promise<InsertResult> => {
        const found = await uploads.lock(tx.query, upload);
        if (!isCurrent(upload, found) || found.place.tail.length > 0 || found.place.parts.length > 0)
          throw new Error('the upload is not as given any more');
        const known = (await archives.find(tx.query, [given])).get(slotOf(given));
        const live = known ? 0 : 1;
        const rows = added.map(([key, , count]) => ({ key, bytes: count, liveBytes: count, live }));
        if (!(await objects.add(tx.query, rows))) throw new Error('the object of this upload was taken for an orphan');
        await uploads.save(tx.query, { ...upload, activeAt: event.at, completed: true }, nowhere);
        const { extents, ...others } = found.place;
        await objects.release(tx.query, objectsOf({ ...others, extents: known ? extents : [] }));
        if (known && known.outcome !== 'absent') return known;
        const record = { ...given, auditSequence: tx.append(given.tenant, event).sequence };
        await archives.insert(tx.query, [{ record, head, extents: [...added, ...extents] }]);
        return { outcome: 'stored', record };
      });
      onRemoval();
      return result;
    },
    remove: async (upload) => {
      await database.transaction(async (tx) => {
        const found = await uploads.lock(tx, upload);
        if (isCurrent(upload, found)) await drop(tx, upload);
      });
      onRemoval();
    },
    expire: async (before) => {
      let open = 0;
      for (const upload of await uploads.inactiveSince(query, before)) {
        const wasOpen = await database.transaction(async (tx) => {
          const found = await uploads.lock(tx, upload);
          return found !== undefined && found.upload.activeAt < before && (await drop(tx, upload));
        });
        if (wasOpen) open++;
      }
      if (open > 0) onRemoval();
      return open;
    },
  };
}
