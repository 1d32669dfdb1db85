import { randomUUID } from 'node:crypto';

import { type PostgresDatabase } from '@llm-memory-graph/service/postgres';

import { type Upload } from '../store/upload-store.ts';
import { type Extent } from './extent.ts';
import { type ObjectStorage } from './object-storage.ts';
import { type ObjectTable } from './object-table.ts';
import { type PlacedUpload, type UploadedPart, type UploadPlace, type UploadTable } from './upload-table.ts';

/** No header of a sealed archive is longer; what is in front is kept in the database, the rest in objects. */
const frontBytes = 256 * 1024;

/** S3 takes no smaller parts, but for the last one. */
const minPartBytes = 5 * 2 ** 20;

export interface UploadParts {
  readonly database: PostgresDatabase;
  readonly uploads: UploadTable;
  readonly objects: ObjectTable;
  readonly storage: ObjectStorage;
}

/** Puts the bytes of uploads into objects. Parts of a multipart upload cannot be read, so it ends where reading begins. */
export interface UploadedBytes {
  /** False when the upload is not as given any more, or others are at it. */
  append(upload: Upload, bytes: Buffer, at: Date): Promise<boolean>;
  /** Makes an object of the parts that arrived, so that all bytes can be read. `undefined` when it is gone. */
  settle(upload: Upload): Promise<PlacedUpload | undefined>;
}

const sizeOf = (extents: readonly Extent[]): number => extents.reduce((sum, [, , bytes]) => sum + bytes, 0);

export function isCurrent(upload: Upload, found: PlacedUpload | undefined): found is PlacedUpload {
  return found !== undefined && !found.upload.completed && found.upload.offset === upload.offset;
}

export function uploadedBytes({ database, uploads, objects, storage }: UploadParts): UploadedBytes {
  const { query } = database;

  async function read(extents: readonly Extent[]): Promise<Uint8Array[]> {
    const pieces: Uint8Array[] = [];
    for (const [key, offset, bytes] of extents)
      for await (const piece of storage.read(key, offset, offset + bytes)) pieces.push(piece);
    return pieces;
  }

  /** Saves the place of a current upload, together with the objects that begin to count; drops `unused` ones. */
  const save = (
    upload: Upload,
    next: Upload,
    change: (place: UploadPlace) => UploadPlace | undefined,
    added: readonly Extent[],
  ): Promise<boolean> =>
    database.transaction(async (tx) => {
      const found = await uploads.lock(tx, upload);
      const place = isCurrent(upload, found) ? change(found.place) : undefined;
      const live = place ? 1 : 0;
      const rows = added.map(([key, , bytes]) => ({ key, bytes, liveBytes: bytes, live }));
      if (!(await objects.add(tx, rows))) throw new Error('the object of this upload was taken for an orphan');
      if (!place || !found) return false;
      const kept = new Set([...place.extents, ...place.tail].map(([key]) => key));
      await objects.release(
        tx,
        found.place.tail.filter(([key]) => !kept.has(key)),
      );
      await uploads.save(tx, next, place);
      return true;
    });

  /** The multipart upload under way, or a new one, which is known to the database before anything is put into it. */
  async function openParts(upload: Upload, place: UploadPlace): Promise<{ key: string; partsId: string } | undefined> {
    if (place.partsKey !== null && place.partsId !== null) return { key: place.partsKey, partsId: place.partsId };
    const key = `u/${upload.uploadId}/${randomUUID()}`;
    const partsId = await storage.beginParts(key);
    const known = await database.transaction(async (tx) => {
      const found = await uploads.lock(tx, upload);
      const mine = isCurrent(upload, found) && found.place.partsId === null;
      const row = { key, bytes: 0, liveBytes: 0, live: mine ? 1 : 0, partsId };
      if (!(await objects.add(tx, [row]))) throw new Error('the parts of this upload were taken for orphans');
      if (mine) await uploads.save(tx, found.upload, { ...found.place, partsKey: key, partsId });
      return mine;
    });
    return known ? { key, partsId } : undefined;
  }

  async function putPart(upload: Upload, place: UploadPlace, bytes: Buffer): Promise<UploadedPart | undefined> {
    const parts = await openParts(upload, place);
    if (!parts) return undefined;
    const number = await uploads.nextPart(query, upload);
    const part = await storage.putPart(parts.key, parts.partsId, number, bytes);
    return { ...part, bytes: bytes.length };
  }

  return {
    append: async (upload, bytes, at) => {
      const found = await uploads.find(query, upload.tenant, upload.uploadId);
      if (!isCurrent(upload, found)) return false;
      const { place } = found;
      const next = { ...upload, offset: upload.offset + bytes.length, activeAt: at };
      const split = Math.max(0, Math.min(bytes.length, frontBytes - upload.offset));
      const front = bytes.subarray(0, split);
      const body = bytes.subarray(split);
      const grown = (now: UploadPlace): UploadPlace =>
        front.length > 0 ? { ...now, front: Buffer.concat([now.front, front]) } : now;
      if (body.length === 0) return save(upload, next, grown, []);
      if (sizeOf(place.tail) + body.length < minPartBytes) {
        const chunk: Extent = [`u/${upload.uploadId}/${randomUUID()}`, 0, body.length];
        await storage.put(chunk[0], body);
        return save(upload, next, (now) => ({ ...grown(now), tail: [...now.tail, chunk] }), [chunk]);
      }
      const part = await putPart(upload, place, Buffer.concat([...(await read(place.tail)), body]));
      if (!part) return false;
      return save(upload, next, (now) => ({ ...grown(now), parts: [...now.parts, part], tail: [] }), []);
    },

    settle: async (upload) => {
      for (;;) {
        const found = await uploads.find(query, upload.tenant, upload.uploadId);
        if (!found) return undefined;
        const { place } = found;
        const { partsKey, partsId } = place;
        if (found.upload.completed || (partsId === null && place.tail.length === 0)) return found;
        if (partsKey === null || partsId === null || place.parts.length === 0) {
          // Little came after the front: the objects stay as they are. Parts that were begun and not used are dropped
          // with the upload.
          const kept = (now: UploadPlace): UploadPlace | undefined =>
            now.parts.length === 0 ? { ...now, extents: [...now.extents, ...now.tail], tail: [] } : undefined;
          if (place.tail.length === 0) return found;
          await save(found.upload, found.upload, kept, []);
          continue;
        }
        const last =
          place.tail.length > 0 ? await putPart(found.upload, place, Buffer.concat(await read(place.tail))) : undefined;
        const parts = last ? [...place.parts, last] : place.parts;
        const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
        await storage.completeParts(partsKey, partsId, parts, bytes);
        await database.transaction(async (tx) => {
          const now = await uploads.lock(tx, found.upload);
          if (!isCurrent(found.upload, now) || now.place.partsId !== partsId) return;
          await objects.completed(tx, partsKey, bytes);
          await objects.release(tx, now.place.tail);
          const extents = [...now.place.extents, [partsKey, 0, bytes] as const];
          await uploads.save(tx, now.upload, {
            ...now.place,
            extents,
            parts: [],
            partsKey: null,
            partsId: null,
            tail: [],
          });
        });
      }
    },
  };
}
