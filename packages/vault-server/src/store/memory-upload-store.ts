import { settled } from '../settled.ts';
import { type InsertResult } from './archive-store.ts';
import { type Upload, type UploadedArchive, type UploadStore } from './upload-store.ts';

interface HeldUpload {
  upload: Upload;
  bytes: Uint8Array[];
}

/** The given bytes, one by one. */
// eslint-disable-next-line @typescript-eslint/require-await -- the port asks for an async iterable
export async function* pieces(given: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  yield* given;
}

type Insert = (archive: UploadedArchive, content: Uint8Array) => InsertResult;

/** An {@link UploadStore} that lives in the process. */
export interface MemoryUploadStore extends UploadStore {
  /** An independent store with the same uploads. */
  copy(insert: Insert): MemoryUploadStore;
}

/** @param insert makes an archive of what arrived */
export function memoryUploadStore(insert: Insert, uploads = new Map<string, HeldUpload>()): MemoryUploadStore {
  const current = ({ uploadId, offset }: Upload): HeldUpload | undefined => {
    const held = uploads.get(uploadId);
    return held && !held.upload.completed && held.upload.offset === offset ? held : undefined;
  };

  return {
    begin: (given, maxOpen) =>
      settled(() => {
        const own = [...uploads.values()].map((held) => held.upload).filter(({ tenant }) => tenant === given.tenant);
        const known = own.find(({ key }) => key === given.key);
        if (known) return { outcome: 'known', upload: known };
        if (own.filter(({ completed }) => !completed).length >= maxOpen) return { outcome: 'full' };
        const upload = { ...given, offset: 0, completed: false };
        uploads.set(given.uploadId, { upload, bytes: [] });
        return { outcome: 'begun', upload };
      }),
    find: (tenant, uploadId) =>
      settled(() => {
        const upload = uploads.get(uploadId)?.upload;
        return upload?.tenant === tenant ? upload : undefined;
      }),
    append: (upload, given, activeAt) =>
      settled(() => {
        const held = current(upload);
        if (!held) return undefined;
        const bytes = Buffer.concat(given);
        held.bytes.push(bytes);
        held.upload = { ...held.upload, offset: upload.offset + bytes.length, activeAt };
        return held.upload;
      }),
    read: ({ uploadId }, start, end) =>
      pieces([Buffer.concat(uploads.get(uploadId)?.bytes ?? []).subarray(start, end)]),
    finish: (upload, archive) =>
      settled(() => {
        const held = current(upload);
        if (!held) throw new Error('the upload is not as given any more');
        const result = insert(archive, Buffer.concat(held.bytes));
        held.bytes = [];
        held.upload = { ...held.upload, activeAt: archive.event.at, completed: true };
        return result;
      }),
    remove: (upload) =>
      settled(() => {
        if (current(upload)) uploads.delete(upload.uploadId);
      }),
    copy: (into) =>
      memoryUploadStore(into, new Map([...uploads].map(([id, held]) => [id, { ...held, bytes: [...held.bytes] }]))),
    expire: (before) =>
      settled(() => {
        let open = 0;
        for (const { upload } of [...uploads.values()].filter((held) => held.upload.activeAt < before)) {
          uploads.delete(upload.uploadId);
          if (!upload.completed) open++;
        }
        return open;
      }),
  };
}
